"""Publish the marts: one read-only DuckDB file per audience, with the tables and columns it may see.

    python -m scripts.publish [--to published] [--audience business …] [--parquet]

Writes, from the marts of a complete build,

    published/<audience>.duckdb           schema `marts`: the tables of the audience, and `published_state` (of which build)
    published/parquet/<build>/<audience>/ the same as Parquet, with --parquet; `published/parquet/latest` names the newest

Who may see what are seeds (seeds/reference/publication_*.csv): a table is `whole`, `folded` (cells of few people
are folded, see scripts/small_cells.py) or `hidden`. A table that the seeds do not name goes to nobody.

All files are made first, then each takes its name in one step: readers keep what they have open, and whoever opens
a file gets the old one or the new one. A run that is killed leaves the old files; the next one clears up.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import itertools
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts import environment_errors
from scripts.small_cells import NOT_SHOWN, SMALL, Cell, Folding, Key, fold
from scripts.warehouse import ROOT, build_state, path_of_warehouse, quoted, text, warning_of

# the newest form of file that DuckDB 1.4 and all later versions read, and with them the BI tools of today
STORAGE = "v1.4.0"
RULES = ROOT / "seeds" / "reference"
SEEDS = {
    "publication_audiences": ("audience",),
    "publication_tables": ("table_name", "audience", "treatment", "columns_left_out", "rows_kept"),
    "publication_cells": ("table_name", "rows_kept", "within_columns", "along_columns", "axis_columns", "people", "sums", "follows"),
}
UNFINISHED = ".publishing"
STATE = "published_state"
# the file that is being written, as SQL knows it
COPY = "published_copy"
TREATMENTS = ("whole", "folded", "hidden")
PARQUETS_KEPT = 2


class Refused(Exception):
    """What cannot be done, and how to mend it, in one line."""


@dataclass(frozen=True)
class TableRule:
    """What an audience sees of a table."""

    table: str
    audience: str
    treatment: str
    columns_left_out: tuple[str, ...]
    rows_kept: str


@dataclass(frozen=True)
class CellRule:
    """How some rows of a table count people, see the seed publication_cells."""

    table: str
    rows_kept: str
    within: tuple[str, ...]
    along: tuple[str, ...]
    axes: tuple[str, ...]
    people: tuple[str, ...]
    sums: tuple[str, ...]
    follows: tuple[tuple[str, str, str], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name a cell."""
        return self.within + self.axes


@dataclass(frozen=True)
class Rules:
    """The seeds of publication."""

    audiences: tuple[str, ...]
    tables: dict[tuple[str, str], TableRule]
    cells: dict[str, list[CellRule]]


@dataclass(frozen=True)
class Published:
    """One file and what is in it."""

    audience: str
    path: Path
    tables: int
    rows: int
    folded_rows: int
    size: int


def listed(value: str) -> tuple[str, ...]:
    """The words of a list in a seed."""
    return tuple(word.strip() for word in value.split("|") if word.strip())


def read_rules(folder: Path) -> Rules:
    """The three seeds, checked as far as they go by themselves."""

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            found = list(reader)
        if missing := [column for column in SEEDS[name] if column not in (reader.fieldnames or [])]:
            raise Refused(f"{name}.csv has no column {', '.join(missing)}; restore it")
        if broken := [number for number, row in enumerate(found, 2) if None in row or None in row.values()]:
            raise Refused(f"{name}.csv, line {broken[0]}: there are more or fewer values than columns; put texts with a comma in quotes")
        return found

    audiences = tuple(row["audience"] for row in rows("publication_audiences"))
    tables: dict[tuple[str, str], TableRule] = {}
    for row in rows("publication_tables"):
        key = (row["audience"], row["table_name"])
        where = f"publication_tables.csv, {row['table_name']} for {row['audience']}"
        if row["audience"] not in audiences:
            raise Refused(f"{where}: publication_audiences.csv has no such audience; add it there, or mend the name")
        if row["treatment"] not in TREATMENTS:
            raise Refused(f"{where}: treatment is '{row['treatment']}'; write one of {', '.join(TREATMENTS)}")
        if key in tables:
            raise Refused(f"{where}: there are two rows; keep one")
        tables[key] = TableRule(row["table_name"], row["audience"], row["treatment"], listed(row["columns_left_out"]), row["rows_kept"])
    cells: dict[str, list[CellRule]] = {}
    for row in rows("publication_cells"):
        follows = []
        for entry in listed(row["follows"]):
            column, _, other = entry.partition("=")
            table, _, other_column = other.partition(".")
            follows.append((column, table, other_column))
        lists = [listed(row[name]) for name in ("within_columns", "along_columns", "axis_columns", "people", "sums")]
        cells.setdefault(row["table_name"], []).append(CellRule(row["table_name"], row["rows_kept"], *lists, tuple(follows)))
    for rule in tables.values():
        if rule.treatment == "folded" and rule.table not in cells:
            raise Refused(f"publication_tables.csv folds {rule.table} for {rule.audience}, but publication_cells.csv does not say how; add a row there")
    return Rules(audiences, tables, cells)


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """One run at a time, with a fresh place for what is not finished; a run that dies leaves no lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another run is publishing into {folder}; wait for it") from None
        unfinished = folder / UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        try:
            yield unfinished
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Columns of a mart with their types."""
    return {row[0]: row[1] for row in connection.execute(f"describe marts.{quoted(table)}").fetchall()}


def marts_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The public tables and views that the warehouse holds."""
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = current_database() and table_schema = 'marts' order by table_name"
    ).fetchall()
    return [row[0] for row in found]


def open_warehouse(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach the warehouse for reading, under the name that its views know it by."""
    connection.execute(f"attach {text(path)} as {quoted(path.stem)} (read_only)")
    connection.execute(f"use {quoted(path.stem)}")


def check_columns(rule: TableRule, columns: dict[str, str]) -> None:
    """A column that is left out must exist: under a new name it would be published."""
    for name in rule.columns_left_out:
        if name not in columns:
            raise Refused(
                f"publication_tables.csv leaves out {rule.table}.{name} for {rule.audience}, but there is no such column;"
                " write its name of today, or take it from the list"
            )


def folding_of(connection: duckdb.DuckDBPyConnection, rule: CellRule, k: int) -> Folding:
    """Decide which cells of a mart are folded."""
    names = [*rule.within, *rule.axes, *rule.along]
    selected = [quoted(name) for name in names] + [f"cast(coalesce({count}, 0) as double)" for count in rule.people]
    rows = connection.execute(
        f"select {', '.join(selected)} from marts.{quoted(rule.table)} where {rule.rows_kept or 'true'}"
    ).fetchall()
    counts: dict[tuple[Key, Key], dict[Key, tuple[float, ...]]] = {}
    split = len(rule.within), len(rule.keys), len(names)
    for row in rows:
        of_cell = counts.setdefault((row[: split[0]], row[split[0] : split[1]]), {})
        along = row[split[1] : split[2]]
        if along in of_cell:
            raise Refused(f"publication_cells.csv, {rule.table}: several rows have the same {', '.join(names)}; name all columns of its key")
        of_cell[along] = row[split[2] :]
    cells = [Cell(group, place, of_cell) for (group, place), of_cell in counts.items()]

    elsewhere: set[tuple[Key, Key]] = set()
    for column, table, other_column in rule.follows:
        shown = {row[0] for row in connection.execute(f"select distinct {quoted(other_column)} from {COPY}.marts.{quoted(table)}").fetchall()}
        index = rule.keys.index(column)
        elsewhere |= {(cell.group, cell.place) for cell in cells if (cell.group + cell.place)[index] not in shown}
    return fold(cells, k, elsewhere)


def write_folded(connection: duckdb.DuckDBPyConnection, table: TableRule, rules: list[CellRule], k: int) -> None:
    """A mart with small cells folded: what is left as it is, then one row `(small)` for each group."""
    columns = columns_of(connection, table.table)
    kept = {name: kind for name, kind in columns.items() if name not in table.columns_left_out}
    parts: list[str] = []
    for number, rule in enumerate(rules):
        for name in (*rule.keys, *rule.along, *rule.sums):
            if name not in kept:
                raise Refused(f"publication_cells.csv names {rule.table}.{name}, which {table.audience} does not have; mend the name, or leave it out there")
        write_hidden(connection, f"folded_{number}", rule, columns, folding_of(connection, rule, k))
        same = " and ".join(f"cells.{quoted(name)} is not distinct from folded.{quoted(name)}" for name in rule.keys) or "true"
        source = f"(from marts.{quoted(table.table)} where {rule.rows_kept or 'true'}) as cells"
        shown = [f"cells.{quoted(name)}" for name in kept] + ([] if "is_folded" in kept else ["false as is_folded"])
        parts.append(f"select {', '.join(shown)} from {source} where not exists (from folded_{number} as folded where {same})")
        parts.append(
            f"select {', '.join(folded_columns(rule, kept))} from {source} inner join folded_{number} as folded on {same}"
            f" where folded.groups_kept != {NOT_SHOWN} group by all"
        )
    connection.execute(f"create table {COPY}.marts.{quoted(table.table)} as {' union all by name '.join(parts)} order by all")
    for number in range(len(rules)):
        connection.execute(f"drop table folded_{number}")


def write_hidden(connection: duckdb.DuckDBPyConnection, name: str, rule: CellRule, columns: dict[str, str], folding: Folding) -> None:
    """A temporary table of the folded cells."""
    kinds = {**{column: columns[column] for column in rule.keys}, "groups_kept": "integer"}
    rows = [(*group, *place, kept) for (group, place), kept in sorted(folding.kept.items(), key=str)]
    lists = [f"unnest(cast(? as {kind}[])) as {quoted(column)}" for column, kind in kinds.items()]
    values = [[row[number] for row in rows] for number in range(len(kinds))]
    connection.execute(f"create or replace temp table {name} as select {', '.join(lists)}", values)


def folded_columns(rule: CellRule, columns: dict[str, str]) -> list[str]:
    """The select list of a folded row: where it stands, what adds up, nothing else."""
    selected = []
    for name, kind in columns.items():
        column = f"cells.{quoted(name)}"
        small = text(SMALL) if kind == "VARCHAR" else f"cast(null as {kind})"
        if name in rule.axes:
            value = small
        elif name in rule.within:
            value = f"case when folded.groups_kept > {rule.within.index(name)} then {column} else {small} end"
        elif name in rule.along:
            value = column
        elif name in rule.sums:
            value = f"cast(sum({column}) as {kind})"
        else:
            value = f"cast(null as {kind})"
        if name != "is_folded":
            selected.append(f"{value} as {quoted(name)}")
    return [*selected, "true as is_folded"]


def write_table(connection: duckdb.DuckDBPyConnection, rule: TableRule, cells: list[CellRule], k: int) -> None:
    """A mart as its audience sees it."""
    columns = columns_of(connection, rule.table)
    check_columns(rule, columns)
    if rule.treatment == "folded":
        write_folded(connection, rule, cells, k)
        return
    kept = ", ".join(quoted(name) for name in columns if name not in rule.columns_left_out)
    connection.execute(f"create table {COPY}.marts.{quoted(rule.table)} as select {kept} from marts.{quoted(rule.table)} where {rule.rows_kept or 'true'}")


def fill(connection: duckdb.DuckDBPyConnection, audience: str, rules: Rules, state: dict[str, Any], k: int) -> tuple[int, int, int]:
    """Write the tables of an audience into the attached file; returns tables, rows and folded rows."""
    connection.execute(f"create schema {COPY}.marts")
    tables = [rules.tables[audience, mart] for mart in marts_of(connection) if (audience, mart) in rules.tables]
    visible = [rule for rule in tables if rule.treatment != "hidden"]
    # a table that follows another comes after it
    followed = {rule.table: {other for cells in rules.cells.get(rule.table, []) for _, other, _ in cells.follows} for rule in visible}
    done: list[str] = []
    rows = folded = 0
    waiting = list(visible)
    while waiting:
        rule = next((each for each in waiting if each.treatment == "whole" or followed[each.table] - {each.table} <= set(done)), None)
        if rule is None:
            raise Refused(f"publication_cells.csv: {', '.join(each.table for each in waiting)} follow tables that {audience} does not get; publish these too, or mend follows")
        waiting.remove(rule)
        try:
            write_table(connection, rule, rules.cells.get(rule.table, []), k)
        except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.ConversionException) as error:
            raise Refused(
                f"{rule.table} cannot be made for {audience} ({environment_errors.first_line(error)});"
                " mend its conditions and expressions in publication_tables.csv or publication_cells.csv"
            ) from None
        if rule.treatment == "folded":
            folded += connection.execute(f"select count(*) from {COPY}.marts.{quoted(rule.table)} where is_folded").fetchall()[0][0]
        rows += connection.execute(f"select count(*) from {COPY}.marts.{quoted(rule.table)}").fetchall()[0][0]
        done.append(rule.table)
    connection.execute(
        f"create table {COPY}.marts.{STATE} as select ? as audience, cast(? as date) as as_of, ? as build_id, cast(? as timestamp) as built_at,"
        " ? as raw_fingerprint, cast(? as bigint) as table_count, cast(? as bigint) as row_count, cast(? as bigint) as k_anonymity",
        [audience, state["as_of"], state["build_id"], state["finished_at"], state["raw_fingerprint"], len(done), rows, k],
    )
    return len(done), rows, folded


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The tables of the attached file as Parquet."""
    folder.mkdir(parents=True)
    for (table,) in connection.execute(f"select table_name from duckdb_tables() where database_name = '{COPY}' order by table_name").fetchall():
        connection.execute(f"copy {COPY}.marts.{quoted(table)} to {text(folder / f'{table}.parquet')} (format parquet, compression zstd)")


def put_in_place(fresh: Path, path: Path) -> None:
    """The new file takes the old one's name: on disk before, in one step."""
    with fresh.open("rb") as stream:
        os.fsync(stream.fileno())
    fresh.chmod(0o444)
    os.replace(fresh, path)


def put_parquet_in_place(fresh: Path, folder: Path, build: str) -> None:
    """The folder of a build appears whole; then `latest` names it; then older ones than the one before go."""
    folder.mkdir(exist_ok=True)
    names = itertools.chain([build], (f"{build}-{number}" for number in itertools.count(2)))
    name = next(name for name in names if not (folder / name).exists())
    os.replace(fresh, folder / name)
    link = folder / ".latest"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    os.replace(link, folder / "latest")
    builds = sorted((entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()), key=lambda entry: entry.stat().st_mtime_ns)
    for entry in builds[:-PARQUETS_KEPT]:
        shutil.rmtree(entry)


def publish(folder: Path, path: Path, audiences: list[str] | None = None, parquet: bool = False, rules_folder: Path = RULES, k: int | None = None) -> list[Published]:
    """Make the files of the audiences and put them in place."""
    if not path.exists():
        raise Refused(f"{path}: there is no warehouse to publish; run `make build` first, or name another one in CUSTOMER360_WAREHOUSE")
    rules = read_rules(rules_folder)
    for name in audiences or []:
        if name not in rules.audiences:
            raise Refused(f"there is no audience '{name}'; publication_audiences.csv names {', '.join(rules.audiences)}")
    chosen = [name for name in rules.audiences if name in (audiences or rules.audiences)]
    k = k or smallest_cell()
    made: list[Published] = []
    with locked(folder) as unfinished:
        # an open reader keeps builds out, so that all files are of one build
        with duckdb.connect(str(path), read_only=True) as warehouse:
            state = build_state(warehouse)
        if state["status"] != "complete":
            raise Refused(warning_of(state) or "")
        build = f"{state['as_of']}-{state['build_id'][:8]}"
        with duckdb.connect(config={"temp_directory": str(unfinished / "spilled"), **memory_limit()}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            open_warehouse(connection, path)
            if connection.execute("select build_id, status from marts.build_state").fetchall() != [(state["build_id"], "complete")]:
                raise Refused("a build began meanwhile; publish again when it has ended")
            for audience in chosen:
                fresh = unfinished / f"{audience}.duckdb"
                connection.execute(f"attach {text(fresh)} as {COPY} (storage_version '{STORAGE}')")
                tables, rows, folded = fill(connection, audience, rules, state, k)
                if parquet:
                    write_parquet(connection, unfinished / "parquet" / audience)
                connection.execute(f"checkpoint {COPY}")
                connection.execute(f"detach {COPY}")
                made.append(Published(audience, folder / fresh.name, tables, rows, folded, fresh.stat().st_size))
        for each in made:
            put_in_place(unfinished / each.path.name, each.path)
        if parquet:
            put_parquet_in_place(unfinished / "parquet", folder / "parquet", build)
    return made


def smallest_cell() -> int:
    """The setting k_anonymity of dbt_project.yml."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))
    return int(project["vars"]["k_anonymity"])


def memory_limit() -> dict[str, str]:
    """What DuckDB may hold in memory, where the environment says so."""
    limit = os.environ.get("CUSTOMER360_MEMORY")
    return {"memory_limit": limit} if limit else {}


def not_decided(path: Path, rules_folder: Path = RULES) -> list[str]:
    """Marts of the warehouse that an audience has no row for."""
    rules = read_rules(rules_folder)
    with duckdb.connect(config={}) as connection:
        open_warehouse(connection, path)
        return [mart for mart in marts_of(connection) if any((audience, mart) not in rules.tables for audience in rules.audiences)]


def left_over(folder: Path, rules_folder: Path = RULES) -> list[Path]:
    """Files of audiences that the seeds do not name any more."""
    audiences = read_rules(rules_folder).audiences
    return sorted(file for file in folder.glob("*.duckdb") if file.stem not in audiences)


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 done, 2 refused."""
    parser = argparse.ArgumentParser(prog="publish", description="Publish the marts: one read-only DuckDB file per audience.")
    parser.add_argument("--to", type=Path, default=ROOT / "published", metavar="FOLDER", help="where the files stand (default: published)")
    parser.add_argument("--audience", action="append", metavar="NAME", help="only this audience; may be given several times")
    parser.add_argument("--parquet", action="store_true", help="the same as Parquet files too")
    parser.add_argument("--k", type=int, metavar="PEOPLE", help="cells of fewer people are folded (default: k_anonymity of dbt_project.yml)")
    chosen = parser.parse_args(arguments)
    path = path_of_warehouse()
    try:
        made = publish(chosen.to, path, chosen.audience, chosen.parquet, k=chosen.k)
    except Refused as refusal:
        print(f"publish: {str(refusal).rstrip('.')}. What was published before stands as it was.", file=sys.stderr)
        return 2
    except (duckdb.Error, OSError) as error:
        known = environment_errors.explain(str(error), str(path))
        print(f"publish: {known or environment_errors.first_line(error)} What was published before stands as it was.", file=sys.stderr)
        return 2
    try:
        undecided = not_decided(path)
    except duckdb.Error:  # a build has begun since
        undecided = []
    print("published, read-only (how to connect: docs/publishing.md)")
    for each in made:
        print(f"  {each.path}  {each.tables} tables, {each.rows:,} rows ({each.folded_rows:,} of small cells folded), {each.size / 1e6:,.1f} MB")
    if chosen.parquet:
        print(f"  {chosen.to / 'parquet' / 'latest'}/<audience>/<table>.parquet")
    for stale in left_over(chosen.to):
        print(f"  {stale}  is of an audience that there is no more: delete it when nobody reads it")
    if undecided:
        print(f"  published to nobody, because seeds/reference/publication_tables.csv does not name them for every audience: {', '.join(undecided)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
