"""What the last whole build of a warehouse was: its figures, to compare with, and how long each step took.

Kept beside the warehouse as <warehouse>.last_build.json. It is a convenience: without it, or where it cannot be read, a
build has nothing to compare with and no measure of the time left.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

FIGURES = {
    "customers": "select count(*) from marts.customers",
    "orders": "select count(*) from marts.orders",
    "net revenue": "select coalesce(sum(net_revenue), 0) from marts.orders",
    "raw rows": "select coalesce(sum(raw_rows), 0) from marts.source_reconciliation",
    "quarantined rows": "select count(*) from marts.quarantined_records",
}
DRIFTED = (
    "select distinct monitored.model from marts.model_monitoring as monitored inner join marts.build_state as state using (as_of)"
    " where monitored.is_drifted order by monitored.model"
)


@dataclass
class Build:
    """The figures of a build; `warnings` are the tests that warned, `times` the seconds of each step."""

    build_id: str
    as_of: str
    figures: dict[str, float]
    drifted: list[str]
    warnings: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)


def file_of(warehouse: Path) -> Path:
    """Where it is kept."""
    return warehouse.with_name(warehouse.name + ".last_build.json")


def read(warehouse: Path) -> Build | None:
    """The last build; None where there is none, or nothing that can be read."""
    try:
        return Build(**json.loads(file_of(warehouse).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(warehouse: Path, build: Build) -> None:
    """Keep a build, whole or not at all."""
    partial = file_of(warehouse).with_suffix(".partial")
    partial.write_text(json.dumps(asdict(build), indent=1) + "\n", encoding="utf-8")
    os.replace(partial, file_of(warehouse))


def look(connection: duckdb.DuckDBPyConnection, state: dict[str, Any]) -> Build:
    """The build that the warehouse holds."""

    def one(sql: str) -> float:
        return float(connection.execute(sql).fetchall()[0][0])

    return Build(
        build_id=str(state["build_id"]),
        as_of=str(state["as_of"]),
        figures={name: one(sql) for name, sql in FIGURES.items()},
        drifted=[row[0] for row in connection.execute(DRIFTED).fetchall()],
    )
