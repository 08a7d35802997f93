"""How the profile grows: the same models over a customer base of several sizes, and a day's increment.

    python -m scripts.bench.profile TEMPLATE_WAREHOUSE [CUSTOMERS …]      (default 100000 1000000)

Every size is the built sample again and again under other keys, so that customers stay as they are
and only their number grows. The models of the profile then run on it: once from nothing, once after
one more day of online events. Seconds of the
processor cover the whole command; compare figures within one run.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "customer_id", "account_key", "account_id", "order_id", "event_id", "touch_id", "entry_id", "referral_id",
    "referrer_account_id", "referred_account_id", "ticket_id", "response_id", "enrichment_id", "subscription_id",
}  # fmt: skip
COPIED = [
    "staging.stg_commerce__as_of", "marts.products", "marts.calendar",
]  # fmt: skip
REPEATED = [
    "marts.customers", "marts.orders", "marts.order_lines", "marts.customer_rfm", "marts.customer_clv",
    "marts.customer_satisfaction", "intermediate.int_customer_accounts", "intermediate.int_consent_current",
    "intermediate.int_account_ids_unique", "intermediate.int_activity_days",
    "staging.stg_behaviour__web_events", "staging.stg_marketing__campaign_touches",
    "staging.stg_members__points_ledger", "staging.stg_members__referrals",
    "staging.stg_feedback__service_tickets", "staging.stg_feedback__survey_responses",
    "staging.stg_external__enrichments", "staging.stg_commerce__subscriptions",
]  # fmt: skip
CPU = "(processor)"
SELECT = ["--select", "path:models/intermediate/profile", "path:models/marts/profile"]


def grow(template: str, warehouse: Path, customers: int) -> tuple[int, int, int]:
    """Write what the profile reads, repeated; returns the numbers of customers, orders and events."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"attach '{template}' as template (read_only)")
        reference = [
            f"reference.{name}"
            for (name,) in connection.execute(
                "select table_name from information_schema.tables"
                " where table_catalog = 'template' and table_schema = 'reference'"
            ).fetchall()
        ]
        sample = connection.execute("select count(*) from template.marts.customers").fetchall()[0][0]
        times = max(round(customers / sample), 1)
        for schema in ("reference", "staging", "intermediate", "marts"):
            connection.execute(f"create schema if not exists {schema}")
        for name in reference + COPIED:
            connection.execute(f"create table {name} as from template.{name}")
        for name in REPEATED:
            columns = [row[0] for row in connection.execute(f"describe template.{name}").fetchall()]
            changed = ", ".join(f"{c} || '-' || copy_number as {c}" for c in columns if c in KEYS)
            connection.execute(
                f"create table {name} as select * exclude (copy_number) replace ({changed})"
                f" from template.{name}, (select unnest(range({times})) as copy_number)"
            )
        counts = [
            connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            for name in ("marts.customers", "marts.orders", "staging.stg_behaviour__web_events")
        ]
    return counts[0], counts[1], counts[2]


def run(warehouse: Path, target: Path, *arguments: str) -> dict[str, float]:
    """Run the profile's models; seconds by model, and the processor's seconds of the whole command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "run", *SELECT, "--target-path", str(target), *arguments],
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
        check=True,
    )
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = {row["unique_id"].split(".")[-1]: row["execution_time"] for row in results}
    return {**seconds, CPU: after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def add_a_day(warehouse: Path) -> int:
    """One more day like the last one; returns its events."""
    with duckdb.connect(str(warehouse)) as connection:
        return connection.execute(
            "insert into staging.stg_behaviour__web_events"
            " select * replace (event_id || '-next' as event_id, occurred_at + interval 1 day as occurred_at)"
            " from staging.stg_behaviour__web_events"
            " where cast(occurred_at as date) = (select max(cast(occurred_at as date))"
            " from staging.stg_behaviour__web_events)"
        ).fetchall()[0][0]


def main(arguments: list[str]) -> int:
    """Print one line per size, then what grows most."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    template, sizes = arguments[0], [int(word) for word in arguments[1:]] or [100_000, 1_000_000]
    print(" customers     orders      events   processor: full  increment   roll-up: full  increment")
    totals: list[tuple[int, dict[str, float]]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            warehouse, target = Path(folder) / "bench.duckdb", Path(folder) / "target"
            customers, orders, events = grow(template, warehouse, size)
            full = run(warehouse, target, "--full-refresh")
            day = add_a_day(warehouse)
            more = run(warehouse, target)
            rolls = [sum(part[m] for m in ("int_interest_days_changed", "int_interest_days")) for part in (full, more)]
            print(
                f"{customers:10,} {orders:10,} {events:11,} {full[CPU]:15.0f} s {more[CPU]:8.0f} s"
                f" {rolls[0]:12.1f} s {rolls[1]:8.1f} s   ({day:,} events in the day)",
                flush=True,
            )
            totals.append((customers, full))
    if len(totals) > 1:
        (small, first), (large, last) = totals[0], totals[-1]
        print(f"\ncustomers x {large / small:.1f}, processor seconds x {last[CPU] / first[CPU]:.1f}")
        for model in sorted(set(last) - {CPU}, key=lambda name: -last[name])[:8]:
            print(f"  {model:32} {first[model]:7.1f} s {last[model]:7.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
