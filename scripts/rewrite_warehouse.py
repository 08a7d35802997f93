"""Writes the warehouse file anew, so that nothing deleted stands in it any more.

    python -m scripts.rewrite_warehouse

A deleted row leaves its bytes in free blocks of the file until something else is written there: after
an erasure they could still be read with a hex editor. This command copies all that is there into a
new file beside the old one, compares both object by object and table by table, and puts the new one
in its place in one step. Nobody else may have the file open. It needs room for a second file.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import duckdb

from scripts import environment_errors
from scripts.warehouse import path_of_warehouse, quoted, text

NEW = "rewritten_warehouse"
# what a catalogue holds besides rows; database names and object numbers differ by nature
CATALOGUE = {
    "schemas": "select schema_name, comment from duckdb_schemas() where database_name = $1 and not internal",
    "tables": "select schema_name, table_name, comment, column_count, index_count from duckdb_tables() where database_name = $1",
    "columns": "select schema_name, table_name, column_name, column_index, data_type, is_nullable, column_default, comment"
    " from duckdb_columns() where database_name = $1 and not internal",
    "constraints": "select schema_name, table_name, constraint_type, constraint_text from duckdb_constraints() where database_name = $1",
    "indexes": "select schema_name, table_name, index_name, is_unique, expressions from duckdb_indexes() where database_name = $1",
    "views": "select schema_name, view_name, comment, column_count from duckdb_views() where database_name = $1 and not internal",
    "macros": "select schema_name, function_name, parameters, macro_definition, comment from duckdb_functions()"
    " where database_name = $1 and not internal",
    "types": "select schema_name, type_name, logical_type from duckdb_types() where database_name = $1 and not internal",
    "sequences": "select schema_name, sequence_name, last_value, increment_by from duckdb_sequences() where database_name = $1",
}


class Refused(Exception):
    """What cannot be done, and how to mend it, in one line."""


def catalogue(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, list[tuple[str, ...]]]:
    """Everything that a database holds besides rows, by kind."""
    return {
        kind: sorted(tuple(map(str, row)) for row in connection.execute(query, [database]).fetchall())
        for kind, query in CATALOGUE.items()
    }


def contents(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, tuple[int, str]]:
    """Rows and a hash of all their values, whatever their order, by table."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [database]
    ).fetchall()
    result = {}
    for schema, table in tables:
        row = connection.execute(
            f"select count(*), cast(sum(hash(whole)) as varchar) from {quoted(database, schema, table)} as whole"
        ).fetchall()[0]
        result[f"{schema}.{table}"] = (row[0], row[1])
    return result


def difference(old: dict, new: dict) -> str | None:
    """The first entry that two dictionaries do not share."""
    for name in sorted(old | new):
        if old.get(name) != new.get(name):
            return name
    return None


def rewrite(path: Path) -> tuple[int, int]:
    """Rewrite the file; returns its size before and after."""
    if not path.is_file():
        raise Refused(f"{path}: there is no warehouse to rewrite")
    fresh = path.with_name(path.name + ".rewriting")
    before = path.stat().st_size
    for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
        leftover.unlink(missing_ok=True)
    try:
        # the lock of this connection keeps everybody else out until the new file stands
        with duckdb.connect(str(path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            (database,) = connection.execute("select current_database()").fetchall()[0]
            connection.execute("checkpoint")
            connection.execute(f"attach {text(fresh)} as {NEW}")
            copy_everything(connection, database)
            wrong = difference(catalogue(connection, database), catalogue(connection, NEW)) or difference(
                contents(connection, database), contents(connection, NEW)
            )
            if wrong:
                raise Refused(f"the copy is unlike the original ({wrong}): the warehouse stays as it was")
            connection.execute(f"detach {NEW}")
            after = fresh.stat().st_size
            shutil.copymode(path, fresh)
            put_in_place(fresh, path)
    finally:
        for leftover in (fresh, fresh.with_name(fresh.name + ".wal")):
            leftover.unlink(missing_ok=True)
    # what a killed build had put on disk for want of memory
    shutil.rmtree(path.with_name(path.name + ".tmp"), ignore_errors=True)
    return before, after


def copy_everything(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Schemas, tables with their constraints and rows, indexes, views, macros, types, sequences, comments."""
    connection.execute(f"copy from database {quoted(database)} to {NEW}")


def put_in_place(fresh: Path, path: Path) -> None:
    """The new file takes the old one's name: on disk before, in one step, and so after a crash."""
    with fresh.open("rb") as stream:
        os.fsync(stream.fileno())
    os.replace(fresh, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def main() -> int:
    """The command; 0 done, 2 refused."""
    path = path_of_warehouse()
    try:
        before, after = rewrite(path)
    except Refused as refusal:
        print(f"rewrite: {refusal}", file=sys.stderr)
        return 2
    except (duckdb.Error, OSError) as error:
        known = environment_errors.explain(str(error), str(path))
        print(f"rewrite: {known or environment_errors.first_line(error)} The warehouse is as it was.", file=sys.stderr)
        return 2
    print(f"{path} is written anew: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB after; nothing deleted is left in it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
