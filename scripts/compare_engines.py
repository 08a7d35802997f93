"""Compare the marts of two engines: every table, every row, every column.

    python -m scripts.compare_engines --duckdb target/duckdb.duckdb --spark target/spark/warehouse

reads the marts of a DuckDB file and the Parquet files that Spark wrote for the same tables, joins
them by key and prints the first differences. The key of a mart is `config.meta.key` in its .yml
(read from target/manifest.json); without one the rows are compared in sorted order. Doubles may
differ by 1e-9 of their size, in models whose meta says `iterates: true` by 1e-6; all else is exact.
Columns that meta lists as `not_compared` (the clock) only have to be there.

`--prove` then changes one cell in a copy of the DuckDB file and makes sure that it is noticed.

Exit codes: 0 all equal, 1 a difference (also a missing table or nothing to compare), 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

TOLERANCE = 1e-9
TOLERANCE_ITERATED = 1e-6
# below this size a double is noise: 1 - 1 is 0 on one engine and 2e-16 on the other
SMALL = 1e-12
SHOWN = 3

FAMILIES = {
    "tinyint": "integer", "smallint": "integer", "integer": "integer", "bigint": "integer",
    "hugeint": "integer", "utinyint": "integer", "usmallint": "integer", "uinteger": "integer",
    "ubigint": "integer", "float": "double", "double": "double", "varchar": "text",
    "json": "text", "timestamp with time zone": "timestamp", "timestamp_s": "timestamp",
    "timestamp_ms": "timestamp", "timestamp_ns": "timestamp",
}


@dataclass(frozen=True)
class Mart:
    """What the comparison knows about a table beforehand."""

    key: tuple[str, ...] = ()
    tolerance: float = TOLERANCE
    not_compared: tuple[str, ...] = ()


@dataclass
class Outcome:
    """The result of one table."""

    table: str
    rows: int = 0
    columns: int = 0
    differences: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report of this table."""
        if not self.differences:
            return [f"equal      {self.table}: {self.rows:,} rows, {self.columns} columns"]
        return [f"different  {self.table}", *(f"    {text}" for text in self.differences)]


def marts_of(manifest: Path, schema: str) -> dict[str, Mart]:
    """The marts that the project declares, with key and tolerance."""
    marts = {}
    for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != schema:
            continue
        if node["config"]["materialized"] == "ephemeral":
            continue
        meta = {**node.get("meta", {}), **node["config"].get("meta", {})}
        tolerance = TOLERANCE_ITERATED if meta.get("iterates") is True else TOLERANCE
        key, not_compared = (tuple(meta.get(name) or ()) for name in ("key", "not_compared"))
        marts[node["alias"]] = Mart(key, tolerance, not_compared)
    return marts


class Comparison:
    """One DuckDB file and one Spark warehouse folder side by side."""

    def __init__(self, database: Path, warehouse: Path, schema: str) -> None:
        self.schema = schema
        self.folder = warehouse / f"{schema}.db"
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"attach '{database}' as warehouse (read_only)")

    def __enter__(self) -> Comparison:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def tables(self) -> dict[str, set[str]]:
        """The tables of each side."""
        query = (
            "select table_name from duckdb_tables() where database_name = 'warehouse'"
            " and schema_name = ? union all select view_name from duckdb_views()"
            " where database_name = 'warehouse' and schema_name = ?"
        )
        rows = self.connection.execute(query, [self.schema, self.schema]).fetchall()
        folders = self.folder.iterdir() if self.folder.exists() else ()
        return {"DuckDB": {row[0] for row in rows}, "Spark": {f.name for f in folders if f.is_dir()}}

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their types, in lower case."""
        rows = self.connection.execute(f"describe from {relation}").fetchall()
        return {row[0].lower(): row[1].lower() for row in rows}

    def compare(self, table: str, mart: Mart) -> Outcome:
        """Compare one table that both sides have."""
        outcome = Outcome(table)
        files = self.folder / table
        if not any(files.rglob("*.parquet")):
            outcome.differences.append("Spark wrote no file: nothing to compare")
            return outcome
        left = f'warehouse."{self.schema}"."{table}"'
        right = f"read_parquet('{files}/**/*.parquet', hive_partitioning = true)"
        left_types, right_types = self.columns(left), self.columns(right)

        for name in sorted(left_types.keys() ^ right_types.keys()):
            side = "DuckDB" if name in left_types else "Spark"
            outcome.differences.append(f"column {name}: only in {side}")
        common = [name for name in left_types if name in right_types]
        for name in common:
            if family(left_types[name]) != family(right_types[name]):
                outcome.differences.append(
                    f"column {name}: {left_types[name]} in DuckDB, {right_types[name]} in Spark"
                )
        unknown = [name for name in mart.key if name not in common]
        if unknown:
            outcome.differences.append(f"key column {', '.join(unknown)} is missing")
        if outcome.differences or not common:
            outcome.differences = outcome.differences or ["no column in common"]
            return outcome

        common = [name for name in common if name not in mart.not_compared]
        types = {name: left_types[name] for name in common}
        self.load("left_side", left, types, mart.key)
        self.load("right_side", right, types, mart.key)
        outcome.rows = self.count("left_side")
        outcome.columns = len(common)
        key = mart.key or ("_row",)
        for side, name in (("left_side", "DuckDB"), ("right_side", "Spark")):
            self.check_key(outcome, side, name, key)
        self.check_rows(outcome, key)
        if not outcome.differences:
            for name in common:
                if name not in key:
                    self.check_column(outcome, name, types[name], key, mart.tolerance)
        return outcome

    def load(self, name: str, relation: str, types: dict[str, str], key: Sequence[str]) -> None:
        """Copy one side into a working table of the same types, numbered if there is no key."""
        casts = [f'cast("{column}" as {kind}) as "{column}"' for column, kind in types.items()]
        if not key:  # doubles last: they may differ a little
            order = sorted(types, key=lambda column: "double" in types[column])
            by = ", ".join(f'"{column}" nulls first' for column in order)
            casts.append(f"row_number() over (order by {by}) as _row")
        sql = f"create or replace temp table {name} as select {', '.join(casts)} from {relation}"
        self.connection.execute(sql)

    def count(self, relation: str, where: str = "true") -> int:
        """How many rows of a working table meet a condition."""
        sql = f"select count(*) from {relation} where {where}"
        return self.connection.execute(sql).fetchall()[0][0]

    def check_key(self, outcome: Outcome, side: str, name: str, key: Sequence[str]) -> None:
        """Report keys that are not unique."""
        columns = quoted(key)
        sql = f"select {columns}, count(*) from {side} group by all having count(*) > 1 limit {SHOWN}"
        for row in self.connection.execute(sql).fetchall():
            outcome.differences.append(f"key {shown(key, row)} has {row[-1]} rows in {name}")

    def check_rows(self, outcome: Outcome, key: Sequence[str]) -> None:
        """Report rows that only one side has."""
        on = " and ".join(f'l."{name}" is not distinct from r."{name}"' for name in key)
        for one, other, name in (
            ("left_side", "right_side", "DuckDB"), ("right_side", "left_side", "Spark"),
        ):
            only = f"{one} as l anti join {other} as r on {on}"
            number = self.count(only)
            if number:
                outcome.differences.append(f"{number:,} rows only in {name}")
                sql = f"select {quoted(key)} from {only} order by all limit {SHOWN}"
                for row in self.connection.execute(sql).fetchall():
                    outcome.differences.append(f"    {shown(key, row)}")

    def check_column(
        self, outcome: Outcome, column: str, kind: str, key: Sequence[str], tolerance: float
    ) -> None:
        """Report the values of one column that differ."""
        on = " and ".join(f'l."{name}" is not distinct from r."{name}"' for name in key)
        unlike = f'l."{column}" is distinct from r."{column}"'
        keys = ", ".join(f'l."{name}"' for name in key)
        sql = (
            f'select {keys}, l."{column}", r."{column}"'
            f" from left_side as l inner join right_side as r on {on} where {unlike}"
        )
        if family(kind) == "double":
            sql += f" and not {close_sql(column, tolerance)}"
        rows = self.connection.execute(f"{sql} order by all").fetchall()
        if "double" in kind and family(kind) != "double":  # doubles inside an array or struct
            rows = [row for row in rows if not close(row[-2], row[-1], tolerance)]
        if rows:
            outcome.differences.append(f"column {column}: {len(rows):,} rows differ")
            for row in rows[:SHOWN]:
                outcome.differences.append(
                    f"    {shown(key, row)}: {row[-2]!r} in DuckDB, {row[-1]!r} in Spark"
                )


def family(kind: str) -> str:
    """Types that count as the same: 8-byte and 4-byte integers, decimals of any width, …"""
    if kind.startswith("decimal"):
        return "decimal"
    if kind.endswith("[]"):
        return f"{family(kind[:-2])}[]"
    if kind.startswith("struct"):
        return "struct"
    return FAMILIES.get(kind, kind)


def close_sql(column: str, tolerance: float) -> str:
    """A condition that two doubles are equal but for the last digits; never null."""
    left, right = f'l."{column}"', f'r."{column}"'
    return (
        f"coalesce(isfinite({left}) and isfinite({right}) and abs({left} - {right})"
        f" <= {tolerance!r} * greatest(abs({left}), abs({right})) + {SMALL!r}, false)"
    )


def close(left: Any, right: Any, tolerance: float) -> bool:
    """The same for values inside arrays and structs."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=tolerance, abs_tol=SMALL)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(close(one, two, tolerance) for one, two in pairs)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            close(left[name], right[name], tolerance) for name in left
        )
    return left == right


def quoted(names: Sequence[str]) -> str:
    """Column names for a select list."""
    return ", ".join(f'"{name}"' for name in names)


def shown(key: Sequence[str], row: Sequence[Any]) -> str:
    """A key for people: customer_id = 7, month = 2024-01-01."""
    return ", ".join(f"{name} = {value}" for name, value in zip(key, row, strict=False))


def is_history(table: str, tables: set[str]) -> bool:
    """True for the companion of an iterating model: its seconds never agree."""
    return table.endswith("__history") and table.removesuffix("__history") in tables


def compare_all(
    database: Path, warehouse: Path, schema: str, marts: dict[str, Mart]
) -> list[Outcome]:
    """Compare all tables that the project declares or that either side has."""
    outcomes = []
    with Comparison(database, warehouse, schema) as comparison:
        sides = comparison.tables()
        everything = set(marts).union(*sides.values())
        for table in sorted(everything):
            if table not in marts and is_history(table, everything):
                continue
            missing = [side for side, tables in sides.items() if table not in tables]
            if missing:
                outcomes.append(Outcome(table, differences=[f"missing in {' and '.join(missing)}"]))
            else:
                outcomes.append(comparison.compare(table, marts.get(table, Mart())))
    return outcomes


def alter_one_cell(database: Path, schema: str, marts: dict[str, Mart]) -> str:
    """Change one value of the first mart that has one to change and is a table; say which."""
    with duckdb.connect(str(database)) as connection:
        tables = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = ?", [schema]
            ).fetchall()
        }
        for table, mart in sorted(marts.items()):
            if table not in tables:  # a view has no cell of its own
                continue
            relation = f'"{schema}"."{table}"'
            for name, kind, *_ in connection.execute(f"describe from {relation}").fetchall():
                if name in (*mart.key, *mart.not_compared) or kind.lower() not in ("bigint", "integer", "double"):
                    continue
                found = connection.execute(
                    f'select rowid from {relation} where "{name}" is not null limit 1'
                ).fetchall()
                if found:
                    sql = f'update {relation} set "{name}" = "{name}" + 1 where rowid = ?'
                    connection.execute(sql, [found[0][0]])
                    return f"{table}.{name}"
    raise ValueError("no mart has a number that could be changed")


def prove(database: Path, warehouse: Path, schema: str, marts: dict[str, Mart]) -> str | None:
    """Compare a copy with one altered cell; the cell if it was noticed, else nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        shutil.copyfile(database, copy)
        cell = alter_one_cell(copy, schema, marts)
        outcomes = compare_all(copy, warehouse, schema, marts)
    noticed = [outcome.table for outcome in outcomes if outcome.differences]
    return cell if noticed == [cell.split(".")[0]] else None


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare the marts of DuckDB and Spark.")
    parser.add_argument("--duckdb", type=Path, required=True, help="the DuckDB file")
    parser.add_argument("--spark", type=Path, required=True, help="Spark's warehouse folder")
    parser.add_argument("--manifest", type=Path, default=Path("target/manifest.json"))
    parser.add_argument("--schema", default="marts")
    parser.add_argument("--prove", action="store_true", help="also test with one altered cell")
    parser.add_argument("--part", action="store_true", help="leave out marts that neither side has built")
    options = parser.parse_args(arguments)
    for path in (options.duckdb, options.manifest, options.spark):
        if not path.exists():
            parser.error(f"{path} does not exist")

    marts = marts_of(options.manifest, options.schema)
    if options.part:
        with Comparison(options.duckdb, options.spark, options.schema) as comparison:
            built = set().union(*comparison.tables().values())
        marts = {table: mart for table, mart in marts.items() if table in built}
    outcomes = compare_all(options.duckdb, options.spark, options.schema, marts)
    for outcome in outcomes:
        print("\n".join(outcome.lines()))
    different = [outcome for outcome in outcomes if outcome.differences]
    if not outcomes:
        print(f"no table in schema {options.schema}: nothing was compared")
        return 1
    print(f"{len(outcomes) - len(different)} of {len(outcomes)} tables equal")
    if different:
        return 1
    if options.prove:
        cell = prove(options.duckdb, options.spark, options.schema, marts)
        print(f"altered {cell}: noticed" if cell else "an altered cell was not noticed")
        return 0 if cell else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
