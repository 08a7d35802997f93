"""How long visits, funnels, paths and attribution take, and what one more day costs.

    python -m scripts.bench.behaviour                           400,000 customers: 20 million web events
    python -m scripts.bench.behaviour --customers 1000000       50 million

The warehouse is first built without the last day of web events, then once more with it: the second
build is the daily one. The five steps of web_checkout are then followed once more by our two models
and by ClickHouse's windowFunnel (chdb, requirements-heavy.txt), on the same events, one after the other.
Files and warehouses are under `target/bench`; simulated files are kept for the next run.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path

import duckdb

from scripts import raw_contract
from scripts.bench.foundation import CUSTOMERS_PER_FILE, WORK, Cost, build, simulate

SELECTION = ["+sessions", "+funnel_steps", "+path_transitions", "+path_nodes", "+channel_attribution"]
PARTS = {  # what is measured: the models of it
    "web events read": ["base_behaviour__web_events"],
    "sessions": ["int_web_events_sessioned", "int_web_sessions", "sessions"],
    "touchpoints": ["int_touchpoints_recorded", "touchpoints"],
    "funnels": ["int_funnel_events", "int_funnel_chains", "int_funnel_attempts", "int_funnel_entry_steps",
                "funnel_entries", "funnel_steps"],
    "transitions": ["int_path_steps", "path_transitions", "path_nodes"],
    "attribution": ["int_attribution_touches", "int_attribution_journeys", "int_attribution_paths",
                    "int_markov_effects", "attributed_orders", "channel_attribution"],
}  # fmt: skip
FUNNEL = "web_checkout"


def without_last_day(pattern: str, name: str) -> str:
    """The same raw files but for the last day of web events; returns their path pattern."""
    folder = WORK / f"{name}-earlier"
    folder.mkdir(parents=True, exist_ok=True)
    for table in raw_contract.load():
        target = folder / table
        if target.exists():
            continue
        if table != "web_events":
            target.symlink_to(Path(pattern.replace("{table}", table)).parent)
            continue
        target.mkdir()
        with duckdb.connect() as connection:
            events = f"read_parquet('{pattern.format(table='web_events')}', union_by_name = true)"
            moment = "try_cast(left(cast(occurred_at as varchar), 10) as date)"
            # a few clocks run ahead: the last day is the one before which 99.9 % happened
            connection.execute(
                f"""copy (
                    select * from {events} where coalesce({moment} < (
                        select quantile_disc({moment}, 0.999) from {events}
                    ), true)
                ) to '{target}/part-0.parquet' (format parquet)"""
            )
    return str(folder / "{table}/*.parquet")


def seconds_by_part(name: str) -> dict[str, float]:
    """Seconds of the models of each part, from what dbt recorded."""
    results = json.loads((WORK / name / "run_results.json").read_text(encoding="utf-8"))["results"]
    spent = {result["unique_id"].split(".")[-1]: result["execution_time"] for result in results}
    return {part: sum(spent[model] for model in models) for part, models in PARTS.items()}


def funnel_here(warehouse: Path, name: str) -> tuple[Cost, int, Path]:
    """The funnel models on the events of one funnel alone; cost, people at the end, file of the events."""
    events = WORK / f"{name}-funnel.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as house (read_only)")
        connection.execute(
            f"create table int_funnel_events as from house.intermediate.int_funnel_events where funnel = '{FUNNEL}'"
        )
        # no limit of a single step: ClickHouse knows none
        connection.execute(
            "create table int_funnel_steps as select * replace (window_seconds as within_seconds)"
            f" from house.intermediate.int_funnel_steps where funnel = '{FUNNEL}'"
        )
        connection.execute(
            "copy (select person_key, cast(epoch(occurred_at) as bigint) as at, step from int_funnel_events)"
            f" to '{events}' (format parquet)"
        )
        started, processor = time.monotonic(), time.process_time()
        for model in ("int_funnel_chains", "int_funnel_attempts"):
            (compiled,) = (WORK / name / "compiled").glob(f"**/{model}.sql")
            sql = re.sub(r'"[^"]+"\."intermediate"\."(int_funnel_\w+)"', r"\1", compiled.read_text(encoding="utf-8"))
            sql = re.sub(r'"[^"]+"\."(intermediate|marts|reference)"\.', r"house.\1.", sql)
            connection.execute(f"create table {model} as {sql}")
        cost = Cost(time.monotonic() - started, time.process_time() - processor)
        reached = connection.execute(
            "select count(distinct person_key) from int_funnel_attempts"
            " where steps_reached = (select max(step) from int_funnel_steps)"
        ).fetchall()[0][0]
    return cost, reached, events


def funnel_in_clickhouse(events: Path, window: int) -> tuple[Cost, int]:
    """windowFunnel on the same events; cost and people at the end."""
    import chdb

    started, processor = time.monotonic(), time.process_time()
    conditions = ", ".join(f"step = {step}" for step in range(1, 6))
    answer = chdb.query(
        f"select countIf(depth = 5) from (select person_key, windowFunnel({window})(at, {conditions}) as depth"
        f" from file('{events}', 'Parquet', 'person_key String, at UInt64, step Int32') group by person_key)",
        "CSV",
    )
    return Cost(time.monotonic() - started, time.process_time() - processor), int(str(answer))


def report(customers: int) -> None:
    """Measure one size and print what was found."""
    pattern, name = simulate(customers), f"behaviour-{customers}"
    full, warehouse = build(without_last_day(pattern, name), name, SELECTION)
    first = seconds_by_part(name)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        before = connection.execute("select count(*) from staging.base_behaviour__web_events").fetchall()[0][0]
    daily, _ = build(pattern, name, SELECTION, onto_old=True)
    second = seconds_by_part(name)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        events = connection.execute("select count(*) from staging.base_behaviour__web_events").fetchall()[0][0]
        window = connection.execute(
            f"select cast(max(window_seconds) as bigint) from intermediate.int_funnel_steps where funnel = '{FUNNEL}'"
        ).fetchall()[0][0]
    ours, reached, file = funnel_here(warehouse, name)
    theirs, their_reached = funnel_in_clickhouse(file, window)

    print(f"\n{customers:,} customers, {events:,} web events, {events - before:,} of them of the last day")
    print(f"  {'seconds, sum over models':26} {'from nothing':>13} {'one more day':>13} {'ratio':>7}")
    for part, spent in first.items():
        print(f"  {part:26} {spent:>13.1f} {second[part]:>13.1f} {second[part] / spent:>7.2f}")
    print(f"  {'whole build, clock':26} {full.seconds:>13.1f} {daily.seconds:>13.1f} {daily.seconds / full.seconds:>7.2f}")
    print(f"  {'peak memory, GiB':26} {full.memory:>13.2f} {daily.memory:>13.2f}")
    print(f"  {FUNNEL} alone: ours {ours.seconds:.1f} s ({ours.processor_seconds:.1f} of processors, {reached:,} people to the end),", end=" ")
    print(f"ClickHouse {theirs.seconds:.1f} s ({theirs.processor_seconds:.1f}, {their_reached:,} people),", end=" ")
    print(f"ratio {ours.processor_seconds / theirs.processor_seconds:.1f}", flush=True)


def main(arguments: list[str]) -> int:
    """Measure every size; returns the exit code."""
    parser = argparse.ArgumentParser(description="Time and memory of the behaviour marts.")
    parser.add_argument("--customers", type=int, nargs="+", default=[400_000], help="sizes to simulate")
    options = parser.parse_args(arguments)
    if min(options.customers) <= CUSTOMERS_PER_FILE:
        parser.error(f"more than {CUSTOMERS_PER_FILE:,} customers: fewer say nothing about time")
    WORK.mkdir(parents=True, exist_ok=True)
    for customers in options.customers:
        report(customers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
