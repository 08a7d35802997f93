"""The models of demand on sales that a test makes up."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from behaviour_project import BehaviourProject
from engines import ROOT

Sale = tuple[str, str, dt.date, float]  # category, channel, day, units
MACROS = ["cross_db", "materializations", "statistics", "time"]


class DemandProject(BehaviourProject):
    """Everything in models/{intermediate,marts}/prediction whose name speaks of demand."""

    def __init__(self, folder: Path) -> None:
        names = sorted(path.stem for path in ROOT.glob("models/*/prediction/*demand*.sql"))
        super().__init__(folder, names, schema="demand_test", macros=MACROS)
        self.copy_seed("demand_methods")
        self.copy_seed("demand_rules")

    def sell(
        self,
        sales: Iterable[Sale],
        as_of: dt.date,
        events: Sequence[tuple[dt.date, str, str]] = (),
        indicators: Sequence[tuple[str, dt.date, str | None, float]] = (),
    ) -> None:
        """Write sales, events (day, name, type) and indicators (name, period, category, value) as inputs."""
        rows = [(n, *sale) for n, sale in enumerate(sales)]
        self._table("sales", ["order_id", "category", "channel", "ordered_on", "units"], rows)
        self._table("events", ["event_date", "event_name", "event_type"], events)
        self._table("figures", ["indicator", "period_start", "category", "value"], indicators)
        read = "read_csv('{}', all_varchar = true, header = true)"
        sold, listed, told = (read.format(self.folder / f"{name}.csv") for name in ("sales", "events", "figures"))
        self.view(
            "order_lines",
            "select order_id, nullif(category, '') as category, cast(ordered_on as date) as ordered_on,"
            f" category = '' as is_balancing_line, cast(units as decimal(18, 4)) as quantity from {sold}",
        )
        self.view(
            "orders",
            "select order_id, channel, cast(ordered_on as date) as ordered_on,"
            f" cast(1 as bigint) as line_count from {sold}",
        )
        self.view(
            "stg_commerce__as_of", f"select date '{as_of}' as as_of, timestamp '{as_of} 00:00:00' as as_of_at"
        )
        self.view(
            "stg_external__calendar_events",
            "select cast(event_date as date) as event_date, event_name, event_type,"
            f" cast(null as varchar) as region from {listed}",
        )
        self.view(
            "calendar",
            "select cast(event_date as date) as date, '(all)' as region,"
            f" string_agg(event_name, ', ' order by event_name) as event_names from {listed} group by event_date",
        )
        self.view(
            "external_context",
            "select indicator, cast(period_start as date) as period_start, '(all)' as region,"
            f" nullif(category, '') as category, cast(value as double) as value from {told}",
        )

    def _table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with (self.folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(["" if value is None else value for value in row] for row in rows)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; `{s}` stands for the schema."""
        return self.fetch(sql.replace("{s}", self.schema))
