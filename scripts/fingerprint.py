"""Fingerprints of all tables of a warehouse, independent of row order: to see what a build changed."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

CLOCK = {"marts.build_state": {"build_id", "started_at", "finished_at"}}  # what no two builds share
SCHEMAS = ("raw", "reference", "staging", "intermediate", "marts")

# A build that carries out an erasure numbers the nodes of the identity graph while the person is still
# among them, and keeps who was asked for until it is done; the next build numbers and asks anew.
NUMBERED_ANEW = {
    "base_members__erasure_request_traces", "int_erasure_sightings", "int_identity_accounts",
    *(f"int_identity_{kind}_{strength}" for kind in ("start", "groups", "links") for strength in ("strong", "supporting")),
    *(f"int_identity_groups_{strength}__history" for strength in ("strong", "supporting")),
}  # fmt: skip


def of_warehouse(path: Path) -> dict[str, tuple[int, str, tuple[float, ...]]]:
    """{schema.table: (rows, hash, sums)} of every table and view.

    The hash adds up over the rows all columns that must be exact, so that order does not matter and
    rows that stand twice still count; doubles are added up column by column, to be compared within
    a tolerance. How many seconds an iteration took and what its fit was made from (tables `__history`), and when a build
    was, are left out: a fit that stands keeps those of the build that made it.
    """
    result = {}
    with duckdb.connect(str(path), read_only=True) as warehouse:
        columns = warehouse.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns where table_schema in (select unnest(?))"
            " order by table_schema, table_name, ordinal_position",
            [list(SCHEMAS)],
        ).fetchall()
        tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for schema, table, column, kind in columns:
            if table.endswith("_days_changed") or table in NUMBERED_ANEW:
                continue  # the days that this build had to replace: none the second time
            if column in CLOCK.get(f"{schema}.{table}", ()):
                continue
            if not (table.endswith("__history") and column in ("seconds", "fingerprint")):
                tables.setdefault((schema, table), []).append((column, kind))
        for (schema, table), parts in tables.items():
            exact = [f'"{name}"' for name, kind in parts if "DOUBLE" not in kind]
            sums = [f'coalesce(sum("{name}"), 0)' for name, kind in parts if kind == "DOUBLE"]
            row = warehouse.execute(
                f"select count(*), cast(sum(hash({', '.join(exact) or '0'})) as varchar)"
                f"{''.join(', ' + part for part in sums)}"
                f' from "{schema}"."{table}"'
            ).fetchall()[0]
            result[f"{schema}.{table}"] = (row[0], row[1], tuple(row[2:]))
    return result


def changed(
    first: dict[str, tuple[int, str, tuple[float, ...]]],
    second: dict[str, tuple[int, str, tuple[float, ...]]],
) -> list[str]:
    """Tables that are not the same; doubles may differ by 1e-6, as the order of threads decides."""
    return sorted(
        name
        for name in first | second
        if name not in first
        or name not in second
        or first[name][:2] != second[name][:2]
        or not all(
            math.isclose(one, two, rel_tol=1e-6, abs_tol=1e-9)
            for one, two in zip(first[name][2], second[name][2], strict=True)
        )
    )
