"""Captures the tags of past month ends, so that their history begins before the first build.

    python -m scripts.backfill_tags [--months 12] [--vars '{raw_data: …}']

Builds the tags as of the first day of each of the last so many months, oldest first, each from what
was known then, and last as of the newest order again. Days that are captured already are replaced.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import yaml

ROOT = Path(__file__).resolve().parent.parent
SELECT = ["--select", "+customer_tag_history"]


def month_starts(as_of: datetime.date, months: int) -> list[datetime.date]:
    """The first days of the last so many months up to as_of, oldest first: each ends the month before it."""
    count = as_of.year * 12 + as_of.month - 1
    days = [datetime.date((count - back) // 12, (count - back) % 12 + 1, 1) for back in range(months)]
    return sorted(day for day in days if day <= as_of)


def build(variables: dict[str, object], as_of: str) -> int:
    """One run of the models up to the history, without tests; returns the exit code."""
    chosen = {**variables, "as_of": as_of, "capture_past_tags": True}
    words = yaml.safe_dump(chosen, default_flow_style=True, width=10_000).strip()
    dbt = Path(sys.executable).parent / "dbt"
    return subprocess.run([str(dbt), "--quiet", "run", *SELECT, "--vars", words], cwd=ROOT, check=False).returncode


def newest_as_of() -> datetime.date:
    """The reference date of the warehouse as it stands."""
    path = os.environ.get("CUSTOMER360_WAREHOUSE", str(ROOT / "warehouse" / "customer360.duckdb"))
    with duckdb.connect(path, read_only=True) as warehouse:
        return warehouse.execute("select as_of from staging.stg_commerce__as_of").fetchall()[0][0]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the warehouse must have been built once."""
    parser = argparse.ArgumentParser(prog="backfill_tags", description="Capture the tags of past month ends.")
    parser.add_argument("--months", type=int, default=12, help="how many month ends (default 12)")
    parser.add_argument("--vars", default="{}", help="the vars of your build, as for dbt")
    chosen = parser.parse_args(arguments)
    variables = yaml.safe_load(chosen.vars) or {}
    if not 1 <= chosen.months <= 120:
        parser.error("--months lies between 1 and 120")
    if variables.get("as_of"):
        parser.error("--vars must not set as_of: the backfill sets it")
    try:
        newest = newest_as_of()
    except duckdb.Error as error:
        print(f"backfill: build the warehouse first ({str(error).splitlines()[0]})", file=sys.stderr)
        return 2
    for day in month_starts(newest, chosen.months):
        print(f"capturing {day}", flush=True)
        if build(variables, day.isoformat()) != 0:
            print(f"backfill: the build as of {day} failed; what came before is captured", file=sys.stderr)
            return 1
    print("back to the newest order", flush=True)
    return build(variables, "")


if __name__ == "__main__":
    sys.exit(main())
