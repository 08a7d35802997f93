"""The warehouse file as the commands see it: where it is, what is in it, and whether its marts are from one build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parent.parent


def path_of_warehouse() -> Path:
    """The file that CUSTOMER360_WAREHOUSE names, or the default one."""
    return Path(os.environ.get("CUSTOMER360_WAREHOUSE") or ROOT / "warehouse" / "customer360.duckdb")


def quoted(*names: str) -> str:
    """A qualified name for SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def text(value: object) -> str:
    """A text literal for SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def build_state(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The row of marts.build_state by column; of a warehouse without one, what that means."""
    found = connection.execute(
        "select 1 from information_schema.tables where table_schema = 'marts' and table_name = 'build_state'"
    ).fetchall()
    if not found:
        return {"status": "unknown", "reason": "there is no marts.build_state: no build has got so far"}
    names = [row[0] for row in connection.execute("describe marts.build_state").fetchall()]
    rows = connection.execute("from marts.build_state").fetchall()
    if len(rows) != 1:
        return {"status": "unknown", "reason": f"marts.build_state has {len(rows)} rows"}
    return dict(zip(names, rows[0], strict=True))


def warning_of(state: dict[str, Any]) -> str | None:
    """One line for a warehouse whose marts are not from one build; None where they are."""
    if state["status"] == "complete":
        return None
    return (
        f"The marts are NOT from one build (marts.build_state: {state['status']}): {state['reason']}."
        " To mend it: build everything, with `make build` or a plain `dbt build`."
    )
