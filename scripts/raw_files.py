"""Finds and reads the user's raw files before a build: which tables they hold, and whether they are whole.

Used inside dbt as a dbt-duckdb plugin: it registers the SQL functions `find_raw_files` and
`remove_raw_copies`, which `macros/input/prepare_raw_data.sql` calls once per run. Nothing is changed
in the user's files. docs/raw-files.md says what is promised.

A CSV file of one line a record is read in place, if DuckDB's strict reader sees as many records as
the file has lines. Any other goes through the tolerant reader (`scripts/tolerant_csv.py`), which
writes a well-formed copy under `target/raw_files`; the copies live as long as the run.
"""

from __future__ import annotations

import atexit
import csv
import errno
import fcntl
import gzip
import json
import os
import re
import shutil
import stat
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from scripts import raw_contract
from scripts.tolerant_csv import (
    MAX_LINE,
    TOO_LONG,
    UNPARSEABLE,
    CsvFile,
    UnreadableFile,
    lines_of,
    normal_name,
    records,
    refuse_twice,
    shape,
)

try:
    from dbt.adapters.duckdb.plugins import BasePlugin
except ImportError:  # the module is usable without dbt

    class BasePlugin:  # type: ignore[no-redef]
        """Stand-in where dbt-duckdb is not installed."""


COPIES = Path("target") / "raw_files"
CHUNK = 1024 * 1024


# --- where the files are --------------------------------------------------------------------------


def find_tables(pattern: str, formats: dict[str, dict[str, str]] | None = None) -> dict[str, Any]:
    """What stands at a path pattern: {table: {"relation": SQL that reads it, "columns": [names in
    lower case], "names": [as the relation has them], "types", "notes"} or {"error": text}}.

    formats: {table: {"encoding", "delimiter"}} of CSV files that the user has declared.
    """
    copies.sweep()
    contract = raw_contract.load()
    files: dict[str, list[str]] = {}
    for table, path in matches(pattern):
        if not table.startswith(("_", ".")) and (table in contract or path.is_file()):
            files.setdefault(table, []).append(str(path))
    return {
        table: inspect(sorted(paths), contract[table]["columns"], **(formats or {}).get(table, {}))
        if table in contract
        else {}
        for table, paths in sorted(files.items())
    }


def matches(pattern: str) -> Iterator[tuple[str, Path]]:
    """(table, path) of all that fits a pattern: `{table}` and `*` within a name, `**` any folders."""
    if "://" in pattern:
        raise UnreadableFile(f"{pattern}: only files of this machine are read; copy them here")
    first, *parts = os.path.expanduser(pattern).split("/")
    return _matches(Path("/") if not first else Path(), parts if not first else [first, *parts], "")


def _matches(folder: Path, parts: list[str], table: str) -> Iterator[tuple[str, Path]]:
    if not parts:
        if os.path.lexists(folder):
            yield table.lower(), folder
        return
    part, rest = parts[0].replace("{table}", table) if table else parts[0], parts[1:]
    if "{table}" not in part and ("*" not in part or os.path.lexists(folder / part)):
        yield from _matches(folder / part, rest, table)
        return
    try:
        entries = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as problem:
        raise UnreadableFile(f"{folder}: cannot be read ({problem.strerror})") from problem
    if part == "**":
        yield from _matches(folder, rest, table)
        for entry in entries:
            if (folder / entry).is_dir() and not (folder / entry).is_symlink():
                yield from _matches(folder / entry, parts, table)
        return
    rule = re.escape(part).replace(r"\{table\}", "(?P<table>.+?)", 1).replace(r"\{table\}", "(?P=table)")
    for entry in entries:
        if hit := re.fullmatch(rule.replace(r"\*", ".*"), entry, re.DOTALL):
            yield from _matches(folder / entry, rest, table or hit["table"])


def _refuse_what_is_no_file(name: str) -> None:
    """A link that leads nowhere or in a circle, a folder, a device, a file that may not be read."""
    try:
        mode = os.stat(name).st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableFile(
                f"{name}: is a folder, not a file; name the files in it, for example with"
                " {table}/*.parquet, or rename it"
            )
        if not stat.S_ISREG(mode):
            raise UnreadableFile(f"{name}: is not a file; put the data into a file")
        with open(name, "rb"):
            pass
        name.encode("utf-8")
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise UnreadableFile(f"{name}: the link leads in a circle; mend or remove it") from problem
        if os.path.islink(name) and isinstance(problem, FileNotFoundError):
            raise UnreadableFile(
                f"{name}: the link leads to a file that is not there; mend or remove it"
            ) from problem
        raise UnreadableFile(f"{name}: cannot be read ({problem.strerror})") from problem
    except UnicodeEncodeError as problem:
        raise UnreadableFile(f"{name!a}: the name is not UTF-8; rename the file") from problem


# --- what is in them ------------------------------------------------------------------------------


def inspect(
    files: list[str], known: Iterable[str] = (), encoding: str = "", delimiter: str = ""
) -> dict[str, Any]:
    """Inspect the files of one raw table with these known columns, see `find_tables`."""
    kinds = {_kind(name) for name in files}
    try:
        for name in files:
            _refuse_what_is_no_file(name)
        if len(kinds) > 1:
            raise UnreadableFile(
                f"{', '.join(files[:5])}: CSV and Parquet files are mixed in one table;"
                " narrow the pattern of raw_data, for example to {table}.parquet"
            )
        if kinds == {"parquet"}:
            return _inspect_parquet(files)
        if kinds == {"csv"}:
            return _inspect_csv(files, set(known), encoding, delimiter)
        raise UnreadableFile(
            f"{files[0]}: this kind of file is not read; use .parquet, .csv or .csv.gz"
        )
    except UnreadableFile as problem:
        return {"error": str(problem)}
    except OSError as problem:
        what = "cannot be read"
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            what = f"its mended copy cannot be written under {COPIES}"
        return {"error": f"{files[0]}: {what} ({problem.strerror or problem})"}


def _kind(name: str) -> str:
    """`parquet`, `csv` or the ending of another kind of file."""
    lower = name.lower()
    if lower.endswith((".parquet", ".parq", ".pq")):
        return "parquet"
    return "csv" if lower.endswith((".csv", ".csv.gz")) else "other"


def _inspect_parquet(files: list[str]) -> dict[str, Any]:
    """Columns of Parquet files; every value is read once, so that damage shows before the build."""
    paths = [_sql_text(_literal_path(name)) for name in files]
    relation = f"read_parquet([{', '.join(paths)}], union_by_name = true)"
    with _connect() as connection:
        for name in files:
            try:
                connection.execute(
                    "select bit_xor(hash(whole)) from (select * from read_parquet(?)) as whole",
                    [_literal_path(name)],
                )
            except duckdb.Error as problem:
                raise UnreadableFile(
                    f"{name}: not a whole Parquet file ({_first_line(problem)}); export it again"
                ) from problem
        try:
            described = connection.execute(f"describe select * from {relation}").fetchall()
        except duckdb.Error as problem:
            raise UnreadableFile(
                f"{files[0]} and {len(files) - 1} more: the files do not fit together"
                f" ({_first_line(problem)}); write them with the same columns and types"
            ) from problem
    names = [row[0] for row in described]
    columns = [normal_name(name, place) for place, name in enumerate(names, 1)]
    refuse_twice(files[0], columns)
    types = [row[1] for row in described]
    return {"relation": relation, "columns": columns, "names": names, "types": types, "notes": []}


def _inspect_csv(
    files: list[str], known: set[str], encoding: str, delimiter: str
) -> dict[str, Any]:
    """Columns of CSV files; the files in place where they are well-formed, else mended copies."""
    parts, notes, columns = [], [], dict.fromkeys(())
    for name in files:
        try:
            source = CsvFile(Path(name), encoding, delimiter, known)
            columns |= dict.fromkeys(source.header)
            relation = _in_place(source)
            if not relation:
                relation, note = _mended(source)
                columns[UNPARSEABLE] = None
                notes += [note] if note else []
            parts.append(relation)
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise UnreadableFile(
                f"{name}: not a whole gzip file ({problem}); export it again"
            ) from problem
        except UnicodeError as problem:
            raise UnreadableFile(
                f"{name}: is not {encoding or 'UTF-16'} throughout; save it as CSV in UTF-8"
            ) from problem
    relation = parts[0]
    if len(parts) > 1:
        relation = f"({' union all by name '.join(f'select * from {part}' for part in parts)})"
    types = ["VARCHAR"] * len(columns)
    names = list(columns)
    return {"relation": relation, "columns": names, "names": names, "types": types, "notes": notes}


# --- a well-formed CSV file is read in place ------------------------------------------------------


def _in_place(source: CsvFile) -> str:
    """SQL that reads the file where it is, or '' where only the tolerant reader will do.

    One line is one record there, so DuckDB has to count as many records as there are lines.
    """
    if source.header_line != 1 or len(source.header) == 1 or source.encoding != "utf-8":
        return ""
    lines, longest = _plain_lines(source)
    if not lines:
        return ""
    relation = _csv_relation(source.path, source.header, source.delimiter, longest)
    return relation if _count(relation) == lines - 1 else ""


def _plain_lines(source: CsvFile) -> tuple[int, int]:
    """(number of lines, length of the longest, rounded up); (0, 0) where readers may disagree.

    They do on bytes of value zero, lone CR, and spaces between a quote and the edge of its field.
    """
    edge = re.escape(source.delimiter.encode()) + rb"\r\n"
    doubtful = re.compile(rb"\0|\r[^\n]|[" + edge + rb"] +\"|\" +[\"" + edge + rb"]")
    lines, longest, length, last = 0, CHUNK, 0, b"\n"
    with source.open() as stream:
        while chunk := stream.read(CHUNK):
            text = last + chunk
            hints = (b"\r", b"\0", b' "', b'" ')
            if any(hint in text for hint in hints) and doubtful.search(text):
                return 0, 0
            lines += chunk.count(b"\n")
            end = chunk.find(b"\n")
            longest = max(longest, length + (end if end >= 0 else len(chunk)))
            length = len(chunk) - chunk.rfind(b"\n") - 1 if end >= 0 else length + len(chunk)
            if longest > MAX_LINE:
                return 0, 0
            last = text[-256:]
    if last.endswith(b"\r"):
        return 0, 0
    return lines + (not last.endswith(b"\n")), longest


def _csv_relation(path: Path, header: list[str], delimiter: str, longest: int) -> str:
    """SQL that reads a well-formed CSV file, every column as text."""
    columns = ", ".join(f"{_sql_text(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_sql_text(_literal_path(str(path)))}, columns = {{{columns}}}, header = true,"
        f" auto_detect = false, delim = {_sql_text(delimiter)}, quote = '\"', escape = '\"',"
        f" nullstr = '', compression = '{'gzip' if path.suffix.lower() == '.gz' else 'none'}',"
        f" hive_partitioning = false, strict_mode = true, max_line_size = {2 * longest})"
    )


def _count(relation: str) -> int:
    """Records of a relation, every value of them read; -1 where that is not possible."""
    with _connect() as connection:
        try:
            query = f"select count(*), bit_xor(hash(whole)) from (select * from {relation}) as whole"
            return connection.execute(query).fetchall()[0][0]
        except duckdb.Error:
            return -1


# --- any other is read by the tolerant reader into a copy -----------------------------------------


def _mended(source: CsvFile) -> tuple[str, str]:
    """Write a well-formed copy of a CSV file; SQL that reads it, and what the log should say."""
    path, width = source.path, len(source.header)
    tally: Counter[str] = Counter()
    empty = [""] * width
    first_bad, longest = 0, CHUNK
    copy = copies.file(f"{path.name.split('.')[0]}.csv")
    with source.open() as stream, copy.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*source.header, UNPARSEABLE])
        lines = lines_of(stream, source.encoding, tally)
        for _ in range(source.header_line):
            next(lines)
        for number, fields, text in records(lines, width, source.delimiter):
            if fields is None:
                tally["bad"] += 1
                line = number + source.header_line
                first_bad = first_bad or line
                form = "" if text == TOO_LONG else shape(text)
                fields, unparseable = empty, f"{path.name}:{line}: {form}"
            else:
                tally["good"] += 1
                unparseable = ""
                longest = max(longest, len(text))
            writer.writerow([*fields, unparseable])
    relation = _csv_relation(copy, [*source.header, UNPARSEABLE], ",", 4 * longest)
    if _count(relation) != tally["good"] + tally["bad"]:
        raise UnreadableFile(f"{path}: its mended copy cannot be read; save the file again as CSV in UTF-8")
    notes = []
    if source.encoding != "utf-8":
        notes.append(f"read as {source.encoding.upper()}")
    if tally["latin"]:
        notes.append(f"{tally['latin']} lines were not UTF-8 and were read as Latin-1")
    if tally["bad"]:
        notes.append(
            f"{tally['bad']} lines do not have the header's {width} fields, the first is line"
            f" {first_bad} (quarantined as unparseable_record)"
        )
    return relation, ", ".join([f"{path}: {tally['good']} records", *notes]) if notes else ""


class _Copies:
    """The folder of this run's mended copies: it is gone when the run is, however that ends."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.lock: Any = None
        self.count = 0

    def file(self, name: str) -> Path:
        """A new file in the folder, which only this user may enter."""
        if self.folder is None:
            with self._door():
                self.folder = COPIES.resolve() / f"removed_after_each_run_{uuid.uuid4().hex[:12]}"
                self.folder.mkdir(mode=0o700)
                self.lock = (self.folder / "lock").open("w")
                fcntl.flock(self.lock, fcntl.LOCK_EX)  # until the process ends, whatever ends it
            atexit.register(self.remove)
        self.count += 1
        return self.folder / f"{self.count}-{name}"

    def remove(self) -> None:
        """Remove the copies of this run."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.lock.close()
            self.folder = None
            atexit.unregister(self.remove)

    def sweep(self) -> None:
        """Remove what earlier runs left behind: nobody holds the lock of one that was killed."""
        self.remove()
        if not COPIES.exists():
            return
        with self._door():
            for left in COPIES.iterdir():
                if left.is_dir():
                    with (left / "lock").open("a") as lock, suppress(BlockingIOError):
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        shutil.rmtree(left)
                elif left.name != "door":  # copies of earlier versions
                    left.unlink()

    @staticmethod
    @contextmanager
    def _door() -> Iterator[None]:
        """One process at a time makes or sweeps folders."""
        COPIES.mkdir(parents=True, exist_ok=True)
        with (COPIES / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield


copies = _Copies()


# --- SQL and dbt ----------------------------------------------------------------------------------


def _connect() -> duckdb.DuckDBPyConnection:
    """A database of its own, beside the warehouse: it takes little memory and no extension."""
    connection = duckdb.connect(config={"memory_limit": "2GB", "threads": 2})
    connection.execute("set autoinstall_known_extensions = false; set enable_progress_bar = false")
    return connection


def _literal_path(name: str) -> str:
    """A path in which DuckDB sees no wildcard."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def _sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0][:200]


def answer(request: str) -> str:
    """`find_tables` for SQL: JSON {"pattern", "formats"} to JSON {"tables"} or {"error"}."""
    try:
        return json.dumps({"tables": find_tables(**json.loads(request))})
    except (UnreadableFile, OSError) as problem:
        return json.dumps({"error": str(problem)})


class Plugin(BasePlugin):
    """dbt-duckdb plugin: registers `find_raw_files(JSON) -> JSON` and `remove_raw_copies()`."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called by dbt-duckdb for every new connection."""
        register(conn, "find_raw_files", answer, ["VARCHAR"])
        register(conn, "remove_raw_copies", lambda: copies.remove() or "", [])


def register(
    conn: duckdb.DuckDBPyConnection, name: str, function: Callable[..., str], takes: list[str]
) -> None:
    """Make a Python function known to SQL; a second run in one process finds it there already."""
    known = "select 1 from duckdb_functions() where function_name = ?"
    if not conn.execute(known, [name]).fetchall():
        conn.create_function(name, function, takes, "VARCHAR", side_effects=True)
