"""Does the history of demand name the weeks of the shock that the simulator planted, and no others?

    python -m scripts.simulate --customers 6000 --seed 101 --preset shock --format parquet --out /tmp/s101
    CUSTOMER360_WAREHOUSE=/tmp/s101.duckdb dbt build --select +category_demand_history --vars "{raw_data: '/tmp/s101/{table}.parquet'}"
    python -m scripts.bench.demand_truth /tmp/s101.duckdb /tmp/s101_truth …

A warehouse of preset `shock` (or `hard+shock`) and the folder of its truth, any number of such pairs.
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.bench.truth import truth_table


@dataclass(frozen=True)
class Shock:
    """What was planted: a category, its first Monday and the weeks that it lasts."""

    category: str
    first_week: dt.date
    weeks: int

    @classmethod
    def planted(cls, truth: Path) -> Shock:
        """The shock of a simulated shop; there is one or the truth is none of preset `shock`."""
        names = duckdb.sql(
            f"select name from {truth_table(truth, 'planted_effects')} where effect = 'demand_shock'"
        ).fetchall()
        if len(names) != 1:
            raise SystemExit(f"{truth}: no demand_shock among the planted effects; simulate with --preset shock")
        category, _, when = names[0][0].rpartition(" from ")
        first_day, _, weeks = when.removesuffix(" weeks").partition(" for ")
        return cls(category, dt.date.fromisoformat(first_day), int(weeks))


@dataclass(frozen=True)
class Finding:
    """What the history says of it."""

    weeks_named: int  # weeks of the shock that are unusual
    is_first_named: bool
    first_surprise: int  # place of its first week among all categories and weeks by |residual_z|
    first_residual: float  # units over expected units, minus 1
    false_alarms: int  # other unusual weeks, the week after the shock apart: its level has to come down again
    other_weeks: int


def find(connection: duckdb.DuckDBPyConnection, history: str, shock: Shock) -> Finding:
    """Compare a table of category_demand_history with what was planted."""
    return Finding(*connection.execute(
        f"""
        with told as (
            select
                *,
                rank() over (order by abs(residual_z) desc nulls last) as surprise,
                category = $1 and week_start >= $2 and week_start < $2 + 7 * $3 as is_shock,
                category = $1 and week_start = $2 + 7 * $3 as is_after
            from {history} where expected_units is not null
        )
        select
            count(*) filter (is_shock and is_unusual),
            coalesce(bool_or(is_unusual) filter (category = $1 and week_start = $2), false),
            max(surprise) filter (category = $1 and week_start = $2),
            max(residual_share) filter (category = $1 and week_start = $2),
            count(*) filter (is_unusual and not is_shock and not is_after),
            count(*) filter (not is_shock and not is_after)
        from told
        """,
        [shock.category, shock.first_week, shock.weeks],
    ).fetchall()[0])  # fmt: skip


def main(words: list[str]) -> None:
    """One line a warehouse."""
    if not words or len(words) % 2:
        raise SystemExit(__doc__)
    print("| warehouse | shock | found | weeks named | first week, over expected | place among surprises | other unusual weeks |")
    print("|---|---|---|---|---|---|---|")
    for warehouse, folder in zip(words[::2], words[1::2], strict=True):
        shock = Shock.planted(Path(folder))
        with duckdb.connect(warehouse, read_only=True) as connection:
            told = find(connection, "marts.category_demand_history", shock)
        cells = [
            Path(warehouse).stem, f"{shock.category} from {shock.first_week}", "yes" if told.is_first_named else "no",
            f"{told.weeks_named} of {shock.weeks}", f"{told.first_residual:+.0%}", str(told.first_surprise),
            f"{told.false_alarms} of {told.other_weeks}",
        ]  # fmt: skip
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
