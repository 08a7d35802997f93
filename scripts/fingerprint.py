"""Fingerprints of all tables of a warehouse, independent of row order: to see what a build changed."""

from __future__ import annotations

from pathlib import Path

import duckdb

SCHEMAS = ("raw", "reference", "staging", "intermediate", "marts")


def of_warehouse(path: Path) -> dict[str, tuple[int, str]]:
    """{schema.table: (rows, fingerprint)} of every table and view.

    The fingerprint adds up a hash of every row, so that order does not matter and rows that stand
    twice still count. Doubles are compared as they are: the same build gives the same doubles, or
    the table is reported.
    """
    result = {}
    with duckdb.connect(str(path), read_only=True) as warehouse:
        tables = warehouse.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema in (select unnest(?)) order by all",
            [list(SCHEMAS)],
        ).fetchall()
        for schema, table in tables:
            row = warehouse.execute(
                f'select count(*), cast(sum(hash(row_values)) as varchar)'
                f' from "{schema}"."{table}" as row_values'
            ).fetchone()
            result[f"{schema}.{table}"] = row
    return result
