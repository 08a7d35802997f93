"""Reads the user's raw files before a build: what columns they have, and whether they are whole.

Used inside dbt as a dbt-duckdb plugin: it registers the SQL function `inspect_raw_files`, which
`macros/input/prepare_raw_data.sql` calls once per table. Nothing is changed in the user's files.

CSV: UTF-8, comma, semicolon, tab or bar (whichever gives the header the most columns), quotes
doubled inside quotes. A file that DuckDB reads strictly is read in place. Any other file goes
through the tolerant reader below, which writes a well-formed copy under `target/raw_files`:

- a line ends with LF, CR LF or CR, whatever the rest of the file does;
- a line that is not UTF-8 is read as Latin-1;
- a record may run over several lines inside quotes, at most MAX_LINES_PER_RECORD;
- a line that does not split into the header's number of fields becomes a record of its own with
  every column empty; `_unparseable` holds its place and its shape, and staging quarantines it;
- empty lines are no records, and empty fields beyond the last column are dropped.

Both readers see the same records in a file that both can read. Memory stays bounded: lines are
read one after another, and one longer than MAX_LINE_BYTES is unparseable.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

try:
    from dbt.adapters.duckdb.plugins import BasePlugin
except ImportError:  # the module is usable without dbt

    class BasePlugin:  # type: ignore[no-redef]
        """Stand-in where dbt-duckdb is not installed."""


COPY_FOLDER = Path("target") / "raw_files"
COPY_VERSION = "2"  # part of a copy's name: copies of an older reader are not used
MAX_LINES_PER_RECORD = 200
MAX_LINE_BYTES = 32 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
SHAPE_LENGTH = 500
DELIMITERS = ",;\t|"
UNPARSEABLE = "_unparseable"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

LINE_END = re.compile(rb"\r\n|\n|\r")
EXCEL_HINT = re.compile(r'"?sep=.?"?', re.IGNORECASE)  # a line that names the delimiter


class UnreadableFile(Exception):
    """A file that cannot be used at all; the message says what, where and how to mend it."""


def inspect(files: list[str], copy_folder: Path = COPY_FOLDER) -> dict[str, Any]:
    """Inspect the files of one raw table.

    Returns {"relation": SQL that reads them, "columns": [names in lower case], "names": [names as
    the relation has them], "types": [types], "notes": [text]} or {"error": text}.
    """
    kinds = {_kind(name) for name in files}
    try:
        if kinds == {"parquet"}:
            return _inspect_parquet(files)
        if kinds == {"csv"}:
            return _inspect_csv(files, copy_folder)
    except UnreadableFile as problem:
        return {"error": str(problem)}
    except OSError as problem:
        return {"error": f"{files[0]}: cannot be read ({problem.strerror or problem})"}
    if len(kinds) > 1:
        return {
            "error": f"{', '.join(files[:5])}: CSV and Parquet files are mixed in one table;"
            " narrow the pattern of raw_data, for example to {table}.parquet"
        }
    return {"error": f"{files[0]}: this kind of file is not read; use .parquet, .csv or .csv.gz"}


def _kind(name: str) -> str:
    """`parquet`, `csv` or the ending of another kind of file."""
    lower = name.lower()
    if lower.endswith((".parquet", ".parq", ".pq")):
        return "parquet"
    return "csv" if lower.endswith((".csv", ".csv.gz")) else "other"


def normal_name(name: str, place: int) -> str:
    """A column's name as the contract writes it: lower case, no blanks around it."""
    normal = name.strip(" \t\r\n\u00a0\u3000\ufeff").lower()
    if not normal or normal == UNPARSEABLE:  # that name is the reader's own
        return f"column_{place}"
    return normal


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
        try:
            described = connection.execute(f"describe select * from {relation}").fetchall()
        except duckdb.Error as problem:
            raise UnreadableFile(
                f"{files[0]} and {len(files) - 1} more: the files do not fit together"
                f" ({_first_line(problem)}); write them with the same columns and types"
            ) from problem
    names = [row[0] for row in described]
    columns = [normal_name(name, place) for place, name in enumerate(names, 1)]
    _refuse_twice(files[0], columns)
    return {
        "relation": relation,
        "columns": columns,
        "names": names,
        "types": [row[1] for row in described],
        "notes": [],
    }


def _inspect_csv(files: list[str], copy_folder: Path) -> dict[str, Any]:
    """Columns of CSV files; the files in place where they are well-formed, else mended copies."""
    parts, notes, columns = [], [], []
    for name in files:
        try:
            header, delimiter, header_line = read_header(Path(name))
            columns += [column for column in header if column not in columns]
            if header_line == 1 and _is_well_formed(name, header, delimiter):
                parts.append(_csv_relation(name, header, delimiter))
                continue
            copy, note = _mend(Path(name), header, delimiter, header_line, copy_folder)
        except (EOFError, gzip.BadGzipFile, zlib.error) as problem:
            raise UnreadableFile(
                f"{name}: not a whole gzip file ({problem}); export it again"
            ) from problem
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
        "names": columns,
        "types": ["VARCHAR"] * len(columns),
        "notes": notes,
    }


def read_header(path: Path) -> tuple[list[str], str, int]:
    """Column names (trimmed, lower case), delimiter, and line number of a CSV file's header."""
    with _open_bytes(path) as stream:
        start = stream.read(2)
    if start in UTF_16_MARKS:
        raise UnreadableFile(f"{path}: the file is UTF-16; save it as CSV in UTF-8")
    first, place = "", 0
    with _open_bytes(path) as stream:
        for place, (text, _) in enumerate(lines_of(stream), 1):
            first = (text or "").lstrip("\ufeff")
            if text is None:
                raise UnreadableFile(
                    f"{path}: the header, line {place}, is longer than {MAX_LINE_BYTES} bytes;"
                    " is this a CSV file?"
                )
            if first.strip() and not EXCEL_HINT.fullmatch(first.strip()):
                break
            first = ""
    if not first.strip():
        raise UnreadableFile(
            f"{path}: the file is empty; a header line with the column names was expected"
            " (remove the file if you do not have this table)"
        )
    delimiter = max(DELIMITERS, key=lambda mark: (first.count(mark), -DELIMITERS.index(mark)))
    names = split(first, delimiter)
    if names is None:
        raise UnreadableFile(
            f"{path}: the quotes of the header, line {place}, do not match;"
            " write the column names on one line"
        )
    header = [normal_name(name, number) for number, name in enumerate(names, 1)]
    _refuse_twice(str(path), header)
    return header, delimiter, place


def _refuse_twice(path: str, columns: list[str]) -> None:
    """Two columns of one name: nobody can say which one is meant."""
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UnreadableFile(
            f"{path}: column {', '.join(twice)} stands twice in the header"
            " (upper and lower case are the same); rename or remove one"
        )


def _csv_relation(path: str, header: list[str], delimiter: str) -> str:
    """SQL that reads a well-formed CSV file, every column as text."""
    columns = ", ".join(f"{_sql_text(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_sql_text(path)}, columns = {{{columns}}}, header = true, auto_detect = false,"
        f" delim = {_sql_text(delimiter)}, quote = '\"', escape = '\"', nullstr = '',"
        f" compression = '{'gzip' if path.lower().endswith('.gz') else 'none'}',"
        f" strict_mode = true, max_line_size = {8 * MAX_LINE_BYTES})"
    )


def _is_well_formed(path: str, header: list[str], delimiter: str) -> bool:
    """True where DuckDB's strict reader sees the records that the tolerant reader would see."""
    if len(header) == 1:  # an empty line is a record to DuckDB, but only in files of one column
        return False
    if _has_spaces_around_quotes(Path(path), delimiter):
        return False
    relation = _csv_relation(path, header, delimiter)
    names = [_sql_name(name) for name in header]
    broken = [f"max(contains({name}, chr(10)) or contains({name}, chr(13)))" for name in names]
    try:
        with duckdb.connect() as connection:
            has_breaks = connection.execute(f"select {', '.join(broken)} from {relation}").fetchone()
            # a stray quote may have swallowed many lines up to the next one
            counts = [
                f"coalesce(len({name}) - len(translate({name}, chr(10) || chr(13), '')), 0)"
                for name, has_break in zip(names, has_breaks or (), strict=True)
                if has_break
            ]
            if not counts:
                return True
            most = connection.execute(f"select max({' + '.join(counts)}) from {relation}").fetchone()
    except duckdb.Error:
        return False
    return most is not None and most[0] < MAX_LINES_PER_RECORD


def _has_spaces_around_quotes(path: Path, delimiter: str) -> bool:
    """True where a quote and a field's edge have spaces between them: DuckDB guesses there."""
    edge = re.escape(delimiter.encode()) + rb"\r\n"
    before = re.compile(rb"[" + edge + rb"] +\"|\" +[\"" + edge + rb"]")
    last = b"\n"
    with _open_bytes(path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            text = last + chunk
            if (b' "' in text or b'" ' in text) and before.search(text):
                return True
            last = text[-256:]
    return False


def _open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, gzip or plain."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def lines_of(stream: BinaryIO) -> Iterator[tuple[str | None, bool]]:
    """Lines without their ends: (text, whether it was Latin-1); None for a line beyond the limit."""
    rest, too_long = b"", False
    while chunk := stream.read(CHUNK_BYTES):
        while chunk.endswith(b"\r") and (further := stream.read(1)):  # a line feed may follow
            chunk += further
        pieces = LINE_END.split(chunk)
        for piece in pieces[:-1]:
            yield (None, False) if too_long else _decode(rest + piece)
            rest, too_long = b"", False
        too_long = too_long or len(rest) + len(pieces[-1]) > MAX_LINE_BYTES
        rest = b"" if too_long else rest + pieces[-1]
    if rest or too_long:
        yield (None, False) if too_long else _decode(rest)


def _decode(line: bytes) -> tuple[str, bool]:
    """Text of a line, and whether it had to be read as Latin-1."""
    try:
        return line.decode("utf-8").replace("\x00", "\ufffd"), False
    except UnicodeDecodeError:
        return line.decode("latin-1").replace("\x00", "\ufffd"), True


def records(
    lines: Iterable[str | None], width: int, delimiter: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """Split lines into records: (line number from 1, fields or None where they do not fit, text).

    A quote that stays open takes in further lines up to the one that closes it. Where none does
    within MAX_LINES_PER_RECORD, or the whole does not fit, the first line stands alone.
    """
    source = iter(lines)
    ahead: deque[str | None] = deque()
    place = 0
    while ahead or (ahead := deque(islice(source, 1))):
        text = ahead.popleft()
        place += 1
        if text is None:
            yield place, None, ""
            continue
        if not text.strip() and (width == 1 or delimiter not in text):
            continue
        fields, inside = _scan(text, delimiter)
        if not inside:
            yield place, _fitting(fields, width), text
            continue
        taken = _closing_line(text, ahead, source, delimiter)
        if taken:
            longer = "\n".join([text, *islice(ahead, taken)])  # type: ignore[list-item]
            fitting = _fitting(_scan(longer, delimiter)[0], width)
            if fitting is not None:
                yield place, fitting, longer
                place += taken
                for _ in range(taken):
                    ahead.popleft()
                continue
        yield place, None, text


def _closing_line(
    text: str, ahead: deque[str | None], source: Iterator[str | None], delimiter: str
) -> int:
    """How many further lines the record needs until its quotes close; 0 where they do not."""
    size = len(text)
    for taken in range(1, MAX_LINES_PER_RECORD):
        if len(ahead) < taken:
            ahead.extend(islice(source, 1))
        if len(ahead) < taken:
            return 0
        line = ahead[taken - 1]
        size += len(line or "")
        if line is None or size > MAX_LINE_BYTES:
            return 0
        if '"' in line:
            fields, inside = _scan(line, delimiter, inside=True)
            if not inside:
                return taken if fields is not None else 0
    return 0


def _fitting(fields: list[str] | None, width: int) -> list[str] | None:
    """The fields where they are as many as the header's; empty ones beyond them are dropped."""
    if fields is None or len(fields) < width or any(fields[width:]):
        return None
    return fields[:width]


def split(text: str, delimiter: str) -> list[str] | None:
    """Fields of a record; None where a quote stays open or other text follows a closing one."""
    fields, inside = _scan(text, delimiter)
    return None if inside else fields


def _scan(text: str, delimiter: str, inside: bool = False) -> tuple[list[str] | None, bool]:
    """(fields, whether a quote is open at the end); fields are None where the quotes make no sense.

    inside: the text starts within quotes. Spaces around a quoted field do not belong to it; a
    quote inside an unquoted field is a character like others.
    """
    if not inside and '"' not in text:
        return text.split(delimiter), False
    fields: list[str] = []
    position, end = 0, len(text)
    while True:
        if not inside:
            start = position
            while start < end and text[start] == " ":
                start += 1
            if start >= end or text[start] != '"' or delimiter == '"':
                stop = text.find(delimiter, position)
                if stop < 0:
                    fields.append(text[position:])
                    return fields, False
                fields.append(text[position:stop])
                position = stop + 1
                continue
            position = start + 1
        inside = False
        start = position
        while True:
            quote = text.find('"', position)
            if quote < 0:
                return fields, True
            position = quote + 1
            if position < end and text[position] == '"':
                position += 1
                continue
            break
        fields.append(text[start:quote].replace('""', '"'))
        while position < end and text[position] == " ":
            position += 1
        if position >= end:
            return fields, False
        if text[position] != delimiter:
            return None, False
        position += 1


def shape(text: str) -> str:
    """The start of a text with every letter as x and every digit as 9: shows form, not content."""
    return "".join(
        "9" if mark.isnumeric() else "x" if mark.isalpha() or ord(mark) > 126 else mark
        for mark in text[:SHAPE_LENGTH]
    )


def _mend(
    path: Path, header: list[str], delimiter: str, header_line: int, copy_folder: Path
) -> tuple[Path, str]:
    """Write a well-formed copy of a damaged CSV file; returns its path and a note for the log."""
    stat = path.stat()
    mark = f"{COPY_VERSION}|{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    name = f"{path.name.split('.')[0]}-{hashlib.sha256(mark.encode()).hexdigest()[:12]}"
    copy, report = copy_folder / f"{name}.csv", copy_folder / f"{name}.txt"
    if copy.exists() and report.exists():
        return copy.resolve(), report.read_text(encoding="utf-8")

    copy_folder.mkdir(parents=True, exist_ok=True)
    good = bad = latin = first_bad = 0
    empty = [""] * len(header)
    partial = copy.with_suffix(".part")

    def texts(stream: BinaryIO) -> Iterator[str | None]:
        nonlocal latin
        for text, is_latin in lines_of(stream):
            latin += is_latin
            yield text

    with _open_bytes(path) as stream, partial.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([*header, UNPARSEABLE])
        lines = texts(stream)
        for _ in range(header_line):
            next(lines)
        for number, fields, text in records(lines, len(header), delimiter):
            if fields is None:
                bad += 1
                line = number + header_line
                first_bad = first_bad or line
                writer.writerow([*empty, f"{path.name}:{line}: {shape(text)}"])
            else:
                good += 1
                writer.writerow([*fields, ""])
    partial.replace(copy)
    note = f"{path}: {good} records"
    if latin:
        note += f", {latin} lines were not UTF-8 and were read as Latin-1"
    if bad:
        note += (
            f", {bad} lines do not have the header's {len(header)} fields, the first is line"
            f" {first_bad} (quarantined as unparseable_record)"
        )
    report.write_text(note, encoding="utf-8")
    return copy.resolve(), note


def _sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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
