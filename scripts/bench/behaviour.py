"""How long visits, funnels, paths and attribution take, and what one more day costs.

    python -m scripts.bench.foundation --customers 400000       20 million web events; 1000000: 50 million
    python -m scripts.bench.behaviour --customers 400000
    python -m scripts.bench.behaviour --customers 400000 --no-more-days

The foundation's warehouse has web events, visits and touchpoints: their seconds are those of its
build. The rest is built here from nothing. The five steps of web_checkout are followed once more by
our three models and by ClickHouse's windowFunnel (chdb, requirements-heavy.txt), on the same events, one
after the other. Then the last day of web events and orders comes once more, a day later, and everything
is built again: the daily build. It leaves the warehouse a day further: build the foundation anew before the
next measurement. CUSTOMER360_MEMORY=7GB limits what DuckDB holds in memory.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from pathlib import Path

import duckdb

from scripts import raw_contract
from scripts.bench.foundation import CUSTOMERS_PER_FILE, FOUNDATION, WORK, Cost, build, simulate

BEHAVIOUR = ["+funnel_steps", "+funnel_entries", "+path_transitions", "+path_nodes", "+channel_attribution"]
NEXT_DAY = {  # what the next day brings: values of its rows that differ from those of the day before
    "web_events": ["event_id || '-next' as event_id", "session_id || '-next' as session_id",
                   "order_id || '-next' as order_id", "occurred_at + interval 1 day as occurred_at",
                   "_loaded_at + interval 1 day as _loaded_at"],
    "orders": ["order_id || '-next' as order_id", "ordered_at + interval 1 day as ordered_at",
               "_loaded_at + interval 1 day as _loaded_at"],
}  # fmt: skip
PARTS = {  # what is measured: the models of it
    "web events read": ["base_behaviour__web_events"],
    "sessions": ["int_web_events_sessioned", "int_web_sessions", "int_sessions", "sessions"],
    "touchpoints": ["int_touchpoints_recorded", "int_web_session_owners", "int_identities_numbered", "int_touchpoints_retold",
                    "int_identities_withheld", "touchpoints"],
    "touches by number": ["int_touches_numbered", "int_sessions_numbered", "int_touch_kinds", "int_touches_placed"],
    "funnels": ["int_funnel_events", "int_funnel_chains", "int_funnel_starts", "int_funnel_attempts",
                "funnel_entries", "funnel_steps"],
    "transitions": ["int_path_nodes", "int_path_events", "int_path_labels", "path_transitions", "path_nodes"],
    "attribution": ["int_attribution_touches", "int_attribution_journeys", "int_attribution_paths",
                    "int_markov_effects", "int_attribution_credits", "channel_attribution"],
}  # fmt: skip
FUNNEL = "web_checkout"


def with_next_day(pattern: str, name: str) -> str:
    """The same raw files and one more day of web events and orders; returns their path pattern."""
    folder = WORK / f"{name}-next-day"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with duckdb.connect() as connection:
        # one order in two thousand is dated far ahead
        last_day = connection.execute(
            "select quantile_disc(cast(ordered_at as date), 0.999)"
            f" from read_parquet('{pattern.format(table='orders')}', union_by_name = true)"
        ).fetchall()[0][0]
    for table in raw_contract.load():
        files, target = Path(pattern.format(table=table)).parent, folder / table
        if table not in NEXT_DAY:
            target.symlink_to(files)
            continue
        target.mkdir()
        for part in files.iterdir():
            (target / part.name).symlink_to(part)
        happened = raw_contract.load()[table]["happened"]
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select * replace ({', '.join(NEXT_DAY[table])}) from read_parquet('{files}/*.parquet')"
                f" where cast({happened} as date) = date '{last_day}') to '{target}/next-day.parquet' (format parquet)"
            )
    return str(folder / "{table}/*.parquet")


def seconds_by_part(*labels: str) -> dict[str, float]:
    """Seconds of the models of each part, from what dbt recorded under these labels."""
    spent = {}
    for label in labels:
        results = json.loads((WORK / label / "run_results.json").read_text(encoding="utf-8"))["results"]
        spent |= {result["unique_id"].split(".")[-1]: result["execution_time"] for result in results}
    return {part: sum(spent[model] for model in models) for part, models in PARTS.items()}


def funnel_here(warehouse: Path, label: str) -> tuple[Cost, int, Path]:
    """The funnel models on the events of one funnel alone; cost, people at the end, file of the events."""
    events = WORK / f"{label}-funnel.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as house (read_only)")
        connection.execute(
            "create table int_funnel_events as from house.intermediate.int_funnel_events where funnel_number ="
            f" (select any_value(funnel_number) from house.intermediate.int_funnel_steps where funnel = '{FUNNEL}')"
        )
        # no limit of a single step: ClickHouse knows none
        connection.execute(
            "create table int_funnel_steps as select * replace (window_seconds as within_seconds)"
            f" from house.intermediate.int_funnel_steps where funnel = '{FUNNEL}'"
        )
        connection.execute(
            "copy (select person_number, cast(epoch(occurred_at) as bigint) as at, step from int_funnel_events)"
            f" to '{events}' (format parquet)"
        )
        started, processor = time.monotonic(), time.process_time()
        for model in ("int_funnel_chains", "int_funnel_starts", "int_funnel_attempts"):
            (compiled,) = (WORK / label / "compiled").glob(f"**/{model}.sql")
            sql = re.sub(r'"[^"]+"\."intermediate"\."(int_funnel_\w+)"', r"\1", compiled.read_text(encoding="utf-8"))
            sql = re.sub(r'"[^"]+"\."(intermediate|marts|reference)"\.', r"house.\1.", sql)
            connection.execute(f"create table {model} as {sql}")
        cost = Cost(time.monotonic() - started, time.process_time() - processor)
        reached = connection.execute(
            "select count(distinct person_number) from int_funnel_attempts"
            " where steps_reached = (select max(step) from int_funnel_steps)"
        ).fetchall()[0][0]
    return cost, reached, events


def funnel_in_clickhouse(events: Path, window: int) -> tuple[Cost, int]:
    """windowFunnel on the same events; cost and people at the end."""
    import chdb

    started, processor = time.monotonic(), time.process_time()
    conditions = ", ".join(f"step = {step}" for step in range(1, 6))
    answer = chdb.query(
        f"select countIf(depth = 5) from (select person_number, windowFunnel({window})(at, {conditions}) as depth"
        f" from file('{events}', 'Parquet', 'person_number Int64, at UInt64, step Int32') group by person_number)",
        "CSV",
    )
    return Cost(time.monotonic() - started, time.process_time() - processor), int(str(answer))


def report(customers: int, more_days: bool) -> None:
    """Measure one size and print what was found."""
    name = f"customers-{customers}"
    label, next_label = f"{name}-behaviour", f"{name}-behaviour-next-day"
    if not (WORK / f"{name}.duckdb").exists():
        raise SystemExit(f"build it first: python -m scripts.bench.foundation --customers {customers}")
    pattern = simulate(customers)
    full, warehouse = build(pattern, name, BEHAVIOUR, exclusion=FOUNDATION, onto_old=True, label=label)
    parts = seconds_by_part(name, label)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        events = connection.execute("select count(*) from staging.base_behaviour__web_events").fetchall()[0][0]
        window = connection.execute(
            f"select cast(max(window_seconds) as bigint) from intermediate.int_funnel_steps where funnel = '{FUNNEL}'"
        ).fetchall()[0][0]
    print(f"\n{customers:,} customers, {events:,} web events")
    for part, spent in parts.items():
        print(f"  {part:26} {spent:>9.1f} s")
    print(f"  behaviour on the foundation: {full.seconds:.0f} s, peak memory {full.memory:.2f} GiB", flush=True)
    ours, reached, file = funnel_here(warehouse, label)
    theirs, their_reached = funnel_in_clickhouse(file, window)
    print(f"  {FUNNEL} alone: ours {ours.seconds:.1f} s ({ours.processor_seconds:.1f} of processors,", end=" ")
    print(f"{reached:,} people to the end), ClickHouse {theirs.seconds:.1f} s", end=" ")
    print(f"({theirs.processor_seconds:.1f}, {their_reached:,} people),", end=" ")
    print(f"ratio {ours.processor_seconds / theirs.processor_seconds:.1f}", flush=True)
    if not more_days:
        return
    daily, _ = build(
        with_next_day(pattern, name),
        name,
        ["+sessions", *BEHAVIOUR],
        onto_old=True,
        label=next_label,
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        after = connection.execute("select count(*) from staging.base_behaviour__web_events").fetchall()[0][0]
    print(f"  one more day of {after - events:,} events: the daily build took {daily.seconds:.0f} s,", end=" ")
    print(f"peak memory {daily.memory:.2f} GiB")
    for part, spent in seconds_by_part(next_label).items():
        print(f"  {part:26} {spent:>9.1f} s, {spent / parts[part]:.2f} of the first", flush=True)


def main(arguments: list[str]) -> int:
    """Measure every size; returns the exit code."""
    parser = argparse.ArgumentParser(description="Time and memory of the behaviour marts.")
    parser.add_argument("--customers", type=int, nargs="+", default=[400_000], help="sizes to simulate")
    parser.add_argument("--no-more-days", action="store_true", help="leave out the daily build")
    options = parser.parse_args(arguments)
    if min(options.customers) <= CUSTOMERS_PER_FILE:
        parser.error(f"more than {CUSTOMERS_PER_FILE:,} customers: fewer say nothing about time")
    WORK.mkdir(parents=True, exist_ok=True)
    for customers in options.customers:
        report(customers, not options.no_more_days)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
