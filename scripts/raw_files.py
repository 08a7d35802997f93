"""Reads the user's raw files before a build: what columns they have, and whether they are whole.

Used inside dbt as a dbt-duckdb plugin: it registers the SQL function `inspect_raw_files`, which
`macros/input/prepare_raw_data.sql` calls once per table. Nothing is changed in the user's files.

CSV: comma, semicolon, tab or bar (whichever gives the header the most columns), quotes doubled
inside quotes. A file that DuckDB reads strictly is read in place. Any other file goes through
the tolerant reader below, which writes a well-formed copy under `target/raw_files`:

- a line that is not UTF-8 is read as Latin-1;
- a record may run over several lines inside quotes, at most MAX_LINES_PER_RECORD;
- a line that does not split into the header's number of fields becomes a record of its own with
  every column empty and the line in `_unparseable`; staging quarantines it;
- blank lines are no records.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

try:
    from dbt.adapters.duckdb.plugins import BasePlugin
except ImportError:  # the module is usable without dbt

    class BasePlugin:  # type: ignore[no-redef]
        """Stand-in where dbt-duckdb is not installed."""


COPY_FOLDER = Path("target") / "raw_files"
MAX_LINES_PER_RECORD = 200
DELIMITERS = ",;\t|"
UNPARSEABLE = "_unparseable"

csv.field_size_limit(sys.maxsize)


class UnreadableFile(Exception):
    """A file that cannot be used at all; the message says what, where and how to mend it."""


def inspect(files: list[str], copy_folder: Path = COPY_FOLDER) -> dict[str, Any]:
    """Inspect the files of one raw table.

    Returns {"relation": SQL that reads them, "columns": [names], "types": [types], "notes": [text]}
    or {"error": text}.
    """
    try:
        if all(".parquet" in Path(name).suffixes for name in files):
            return _inspect_parquet(files)
        if all(".csv" in Path(name).suffixes for name in files):
            return _inspect_csv(files, copy_folder)
    except UnreadableFile as problem:
        return {"error": str(problem)}
    return {
        "error": f"{files[0]}: this kind of file is not read; use .parquet, .csv or .csv.gz"
    }


def _inspect_parquet(files: list[str]) -> dict[str, Any]:
    """Columns of Parquet files; every value is read once, so that damage shows before the build."""
    relation = f"read_parquet({_sql_list(files)}, union_by_name = true)"
    with duckdb.connect() as connection:
        for name in files:
            try:
                connection.execute(
                    "select bit_xor(hash(whole)) from (select * from read_parquet(?)) as whole",
                    [name],
                )
            except duckdb.Error as problem:
                raise UnreadableFile(
                    f"{name}: not a whole Parquet file ({_first_line(problem)}); export it again"
                ) from problem
        described = connection.execute(f"describe select * from {relation}").fetchall()
    return {
        "relation": relation,
        "columns": [row[0] for row in described],
        "types": [row[1] for row in described],
        "notes": [],
    }


def _inspect_csv(files: list[str], copy_folder: Path) -> dict[str, Any]:
    """Columns of CSV files; the files in place where they are well-formed, else mended copies."""
    parts, notes, columns = [], [], []
    for name in files:
        header, delimiter = _read_header(Path(name))
        columns += [column for column in header if column not in columns]
        if _is_well_formed(name, header, delimiter):
            parts.append(_csv_relation(name, header, delimiter))
            continue
        copy, note = _mend(Path(name), header, delimiter, copy_folder)
        notes.append(note)
        parts.append(_csv_relation(str(copy), [*header, UNPARSEABLE], ","))
        if UNPARSEABLE not in columns:
            columns.append(UNPARSEABLE)
    relation = parts[0]
    if len(parts) > 1:
        union = " union all by name ".join(f"select * from {part}" for part in parts)
        relation = f"({union})"
    return {
        "relation": relation,
        "columns": columns,
        "types": ["VARCHAR"] * len(columns),
        "notes": notes,
    }


def _open_bytes(path: Path) -> io.BufferedIOBase:
    """Open a file for reading bytes, gzip or plain."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _read_header(path: Path) -> tuple[list[str], str]:
    """Column names (trimmed, lower case) and delimiter of a CSV file."""
    with _open_bytes(path) as stream:
        first = _decode(stream.readline())[0].lstrip("\ufeff").strip("\r\n")
    if not first.strip():
        raise UnreadableFile(
            f"{path}: the file is empty; a header line with the column names was expected"
            " (remove the file if you do not have this table)"
        )
    delimiter = max(DELIMITERS, key=lambda mark: (first.count(mark), -DELIMITERS.index(mark)))
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter))]
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise UnreadableFile(f"{path}: column {', '.join(twice)} stands twice in the header")
    return [name or f"column_{place}" for place, name in enumerate(header, 1)], delimiter


def _csv_relation(path: str, header: list[str], delimiter: str) -> str:
    """SQL that reads a well-formed CSV file, every column as text."""
    columns = ", ".join(f"{_sql_text(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_sql_text(path)}, columns = {{{columns}}}, header = true, auto_detect = false,"
        f" delim = {_sql_text(delimiter)}, quote = '\"', escape = '\"', nullstr = '',"
        " strict_mode = true, max_line_size = 268435456)"
    )


def _is_well_formed(path: str, header: list[str], delimiter: str) -> bool:
    """True where DuckDB's strict reader takes every record, with no field that a quote swallowed."""
    try:
        with duckdb.connect() as connection:
            connection.execute(
                "select bit_xor(hash(whole)) from "
                f"(select * from {_csv_relation(path, header, delimiter)}) as whole"
            )
    except duckdb.Error:
        return False
    return True


def _decode(line: bytes) -> tuple[str, bool]:
    """Text of a line, and whether it had to be read as Latin-1."""
    try:
        return line.decode("utf-8"), False
    except UnicodeDecodeError:
        return line.decode("latin-1"), True


def records(
    lines: list[str], width: int, delimiter: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """Split lines into records: (line number from 1, fields or None where they do not fit, text)."""
    place = 0
    while place < len(lines):
        start, text = place, lines[place]
        place += 1
        if not text.strip():
            continue
        fields = _split(text, delimiter)
        if fields is None:  # a quote is open: the record may go on in the next lines
            longer = text
            for further in range(place, min(place + MAX_LINES_PER_RECORD, len(lines))):
                longer += "\n" + lines[further]
                if '"' not in lines[further]:
                    continue
                fields = _split(longer, delimiter)
                if fields is not None:
                    break
            if fields is not None and len(fields) == width:
                text, place = longer, further + 1
            else:
                fields = None
        yield start + 1, fields if fields and len(fields) == width else None, text


def _split(text: str, delimiter: str) -> list[str] | None:
    """Fields of a record; None where a quote stays open or closes inside a field."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _mend(
    path: Path, header: list[str], delimiter: str, copy_folder: Path
) -> tuple[Path, str]:
    """Write a well-formed copy of a damaged CSV file; returns its path and a note for the log."""
    stat = path.stat()
    mark = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    name = f"{path.name.split('.')[0]}-{hashlib.sha256(mark.encode()).hexdigest()[:12]}"
    copy, report = copy_folder / f"{name}.csv", copy_folder / f"{name}.txt"
    if copy.exists() and report.exists():
        return copy.resolve(), report.read_text(encoding="utf-8")

    copy_folder.mkdir(parents=True, exist_ok=True)
    with _open_bytes(path) as stream:
        decoded = [_decode(line) for line in stream.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")]
    latin = sum(1 for _, is_latin in decoded if is_latin)
    lines = [text.replace("\x00", "\ufffd") for text, _ in decoded]
    good = bad = 0
    partial = copy.with_suffix(".part")
    with partial.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*header, UNPARSEABLE])
        for number, fields, text in records(lines[1:], len(header), delimiter):
            if fields is None:
                bad += 1
                empty = [""] * len(header)
                writer.writerow([*empty, f"{path.name}:{number + 1}: {text}"])
            else:
                good += 1
                writer.writerow([*fields, ""])
    partial.replace(copy)
    note = f"{path}: {good} records"
    if latin:
        note += f", {latin} lines were not UTF-8 and were read as Latin-1"
    if bad:
        note += (
            f", {bad} lines do not have the header's {len(header)} fields"
            " (quarantined as unparseable_record)"
        )
    report.write_text(note, encoding="utf-8")
    return copy.resolve(), note


def _sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql_list(texts: list[str]) -> str:
    return "[" + ", ".join(_sql_text(text) for text in texts) + "]"


def _first_line(problem: Exception) -> str:
    return str(problem).strip().splitlines()[0][:200]


class Plugin(BasePlugin):
    """dbt-duckdb plugin: registers `inspect_raw_files(JSON list of paths) -> JSON`."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called by dbt-duckdb for every new connection."""
        conn.create_function(
            "inspect_raw_files",
            lambda files: json.dumps(inspect(json.loads(files))),
            ["VARCHAR"],
            "VARCHAR",
            side_effects=True,
        )
