"""Pieces of a built warehouse beside libraries that do the same, on the same data in the same run.

A funnel beside ClickHouse's windowFunnel (chdb, requirements-heavy.txt), and the fits of customer lifetime
value beside lifetimes (requirements-dev.txt).
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import duckdb

from scripts.bench.measure import WORK, Cost, measured

FUNNEL = "web_checkout"
FITS = ("int_purchase_fit", "int_spend_fit")  # and the steps they start from


def funnel_here(warehouse: Path, label: str) -> tuple[Cost, int, Path]:
    """The funnel models on the events of one funnel alone; cost, people at the end, file of the events."""
    events = WORK / f"{label}-funnel.parquet"
    costs: list[Cost] = []
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
        with measured(costs):
            for model in ("int_funnel_chains", "int_funnel_attempts"):
                (compiled,) = (WORK / label / "compiled").glob(f"**/{model}.sql")
                sql = re.sub(r'"[^"]+"\."intermediate"\."(int_funnel_\w+)"', r"\1", compiled.read_text(encoding="utf-8"))
                sql = re.sub(r'"[^"]+"\."(intermediate|marts|reference)"\.', r"house.\1.", sql)
                connection.execute(f"create table {model} as {sql}")
        reached = connection.execute(
            "select count(distinct person_number) from int_funnel_attempts"
            " where steps_reached = (select max(step) from int_funnel_steps)"
        ).fetchall()[0][0]
    return costs[0], reached, events


def funnel_in_clickhouse(events: Path, window: int) -> tuple[Cost, int]:
    """windowFunnel on the same events; cost and people at the end."""
    import chdb

    costs: list[Cost] = []
    conditions = ", ".join(f"step = {step}" for step in range(1, 6))
    with measured(costs):
        answer = chdb.query(
            f"select countIf(depth = 5) from (select person_number, windowFunnel({window})(at, {conditions}) as depth"
            f" from file('{events}', 'Parquet', 'person_number Int64, at UInt64, step Int32') group by person_number)",
            "CSV",
        )
    return costs[0], int(str(answer))


def funnel(warehouse: Path, label: str) -> list[tuple[str, str]]:
    """Lines of the report: ours beside ClickHouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        window = connection.execute(
            f"select cast(max(window_seconds) as bigint) from intermediate.int_funnel_steps where funnel = '{FUNNEL}'"
        ).fetchall()[0][0]
    ours, reached, events = funnel_here(warehouse, label)
    theirs, their_reached = funnel_in_clickhouse(events, window)
    events.unlink()
    return [
        (f"{FUNNEL}, ours", f"{ours.processor_seconds:.2f} s of processors, {reached:,} people to the end"),
        (f"{FUNNEL}, ClickHouse", f"{theirs.processor_seconds:.2f} s of processors, {their_reached:,} people to the end"),
        (f"{FUNNEL}, ratio", f"{ours.processor_seconds / theirs.processor_seconds:.1f}"),
    ]


def lifetime_value(warehouse: Path, nodes: dict[str, Cost]) -> list[tuple[str, str]]:
    """Lines of the report: our fits, of history and holdout, beside those of lifetimes on both."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter

    warnings.simplefilter("ignore")
    ours = sum(cost.processor_seconds for node, cost in nodes.items() if node.split(".")[-1].startswith(FITS))
    costs: list[Cost] = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for (period,) in connection.execute("select distinct period from intermediate.int_clv_customers").fetchall():
            people = connection.execute(
                "select repeat_orders, recency_weeks, age_weeks, coalesce(repeat_value, 0) as repeat_value"
                " from intermediate.int_clv_customers where period = ?",
                [period],
            ).fetchnumpy()
            x, t_x, age, value = (people[name] for name in ("repeat_orders", "recency_weeks", "age_weeks", "repeat_value"))
            repeaters = (x > 0) & (value > 0)
            with measured(costs):
                for fitter in (BetaGeoFitter(), ModifiedBetaGeoFitter()):
                    fitter.fit(x, t_x, age)
                GammaGammaFitter().fit(x[repeaters], value[repeaters])
    theirs = sum(cost.processor_seconds for cost in costs)
    return [
        ("CLV fits, ours", f"{ours:.1f} s of processors"),
        ("CLV fits, lifetimes", f"{theirs:.1f} s of processors"),
        ("CLV fits, ratio", f"{ours / theirs:.1f}"),
    ]
