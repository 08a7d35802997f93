"""A tolerant reader of CSV files: every record is read, or stands as unparseable in its place.

docs/raw-files.md says what is promised:

- A line ends with LF, CR LF or CR, whatever the rest of the file does.
- A line that is not UTF-8 is read as Latin-1.
- A record may run over several lines inside quotes, at most MAX_LINES_PER_RECORD, unless the lines
  that it takes in are records themselves: then a stray quote has swallowed them.
- A line that does not split into the header's number of fields is a record of its own, without fields.
- Empty lines are no records, and empty fields beyond the last column are dropped.

Memory stays bounded: records are read one after another, and a line longer than MAX_LINE is
unparseable.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

MAX_LINES_PER_RECORD = 200
MAX_LINE = 32 * 1024 * 1024
SHAPE_LENGTH = 500
DELIMITERS = ",;\t|"
UNPARSEABLE = "_unparseable"  # the column of a mended copy that holds an unparseable line
TOO_LONG = '""x"y'  # stands for a line beyond MAX_LINE: it makes no sense inside and outside quotes
EXCEL_HINT = re.compile(r'"?sep=.?"?', re.IGNORECASE)  # a line that names the delimiter

csv.field_size_limit(max(csv.field_size_limit(), 4 * MAX_LINE))


class UnreadableFile(Exception):
    """A file that cannot be used at all; the message says what, where and how to mend it."""


class CsvFile:
    """A CSV file with its header: names (trimmed, lower case), their line number, the delimiter."""

    def __init__(
        self, path: Path, encoding: str = "", delimiter: str = "", known: set[str] | None = None
    ) -> None:
        self.path = path
        with self.open() as stream:
            is_utf_16 = stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        try:
            self.encoding = "utf-16" if is_utf_16 else codecs.lookup(encoding or "utf-8").name
        except LookupError as problem:
            raise UnreadableFile(f"{path}: the encoding {encoding} is not known") from problem
        first, self.header_line = "", 0
        with self.open() as stream:
            for text in lines_of(stream, self.encoding):
                self.header_line += 1
                first = text.lstrip("\ufeff")
                if first == TOO_LONG:
                    raise UnreadableFile(
                        f"{path}: the header, line {self.header_line}, is longer than {MAX_LINE}"
                        " characters; is this a CSV file?"
                    )
                if first.strip() and not EXCEL_HINT.fullmatch(first.strip()):
                    break
                first = ""
        if not first.strip():
            raise UnreadableFile(
                f"{path}: the file is empty; a header line with the column names was expected"
                " (remove the file if you do not have this table)"
            )
        self.delimiter = delimiter or max(
            DELIMITERS, key=lambda mark: (first.count(mark), -DELIMITERS.index(mark))
        )
        names = split(first, self.delimiter)
        if names is None:
            raise UnreadableFile(
                f"{path}: the quotes of the header, line {self.header_line}, do not match;"
                " write the column names on one line"
            )
        self.header = [normal_name(name, number) for number, name in enumerate(names, 1)]
        if known:
            _refuse_without_header(self, first, known)
        refuse_twice(str(path), self.header)

    def open(self) -> BinaryIO:
        """The file's bytes, unpacked."""
        if self.path.suffix.lower() == ".gz":
            return gzip.open(self.path, "rb")  # type: ignore[return-value]
        return self.path.open("rb")


def normal_name(name: str, place: int) -> str:
    """A column's name as the contract writes it: lower case, no blanks around it."""
    normal = name.strip(" \t\r\n\u00a0\u3000\ufeff").lower()
    if not normal or normal == UNPARSEABLE:  # that name is the reader's own
        return f"column_{place}"
    return normal


def _refuse_without_header(source: CsvFile, line: str, known: set[str]) -> None:
    """A first line that hardly names a known column is data: its text must not be shown."""
    plain = {re.sub(r"\W|_", "", name) for name in known}
    found = sum(re.sub(r"\W|_", "", name) in plain for name in source.header)
    if found < 2 and 2 * found < len(source.header):
        raise UnreadableFile(
            f"{source.path}: line {source.header_line} is no header: of its {len(source.header)}"
            f" fields {found or 'none'} names a column of the table. It has the form {shape(line, 80)}."
            " Write the column names on the first line"
        )


def refuse_twice(path: str, columns: list[str]) -> None:
    """Two columns of one name: nobody can say which one is meant."""
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise UnreadableFile(
            f"{path}: column {', '.join(twice[:5])} stands twice in the header"
            " (upper and lower case are the same); rename or remove one"
        )


def lines_of(
    stream: BinaryIO, encoding: str = "utf-8", tally: Counter[str] | None = None
) -> Iterator[str]:
    """Lines without their ends; `tally` counts those that had to be read as Latin-1."""
    is_utf_8 = encoding == "utf-8"
    errors = "surrogateescape" if is_utf_8 else "strict"
    with io.TextIOWrapper(stream, encoding, errors, newline=None) as text:
        while line := text.readline(MAX_LINE):
            if line[-1] != "\n" and len(line) >= MAX_LINE:
                while line and line[-1] != "\n":
                    line = text.readline(MAX_LINE)
                yield TOO_LONG
                continue
            if line[-1] == "\n":
                line = line[:-1]
            if is_utf_8 and not line.isascii() and not _is_unicode(line):
                line = line.encode("utf-8", errors).decode("latin-1")
                if tally is not None:
                    tally["latin"] += 1
            yield line.replace("\0", "\ufffd")


def _is_unicode(line: str) -> bool:
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # bytes that were not UTF-8
        return False
    return True


def records(
    lines: Iterable[str], width: int, delimiter: str
) -> Iterator[tuple[int, list[str] | None, str]]:
    """Split lines into records: (line number from 1, fields or None where they do not fit, text).

    A quote that stays open takes in further lines up to the one that closes it. Where none does, or
    the whole does not fit, or has swallowed records, the first line stands alone.
    """
    source = iter(lines)
    ahead: deque[str] = deque()
    place = 0
    while (line := ahead.popleft() if ahead else next(source, None)) is not None:
        place += 1
        if '"' not in line:
            if line.strip() or (width > 1 and delimiter in line):
                yield place, _fitting(line.split(delimiter), width), line
            continue
        taken = [line]
        fields = _fitting(_parse(_with_further(taken, ahead, source), delimiter), width)
        further = taken[1:]
        if fields is None or (further and _has_swallowed(further, fields, delimiter)):
            ahead.extendleft(reversed(further))
            fields, further = _fitting(split(line, delimiter), width), []
        yield place, fields, "\n".join([line, *further])
        place += len(further)


def _with_further(taken: list[str], ahead: deque[str], source: Iterator[str]) -> Iterator[str]:
    """A line, and further ones as long as somebody asks; `taken` remembers them."""
    yield taken[0] + "\n"
    size = len(taken[0])
    while len(taken) < MAX_LINES_PER_RECORD and size <= MAX_LINE:
        line = ahead.popleft() if ahead else next(source, None)
        if line is None:
            return
        taken.append(line)
        size += len(line)
        yield line + "\n"


def _parse(lines: Iterable[str], delimiter: str) -> list[str] | None:
    """Fields of a record; None where a quote stays open or other text follows a closing one."""
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        return None


def split(text: str, delimiter: str) -> list[str] | None:
    """Fields of a record of one line; blanks around a quoted field do not belong to it."""
    if '"' not in text:
        return text.split(delimiter)
    fields = _parse([text], delimiter)
    if fields is None and '" ' in text:
        fields = _parse([re.sub(f'" +(?={re.escape(delimiter)}|$)', '"', text)], delimiter)
    return fields


def _fitting(fields: list[str] | None, width: int) -> list[str] | None:
    """The fields where they are as many as the header's; empty ones beyond them are dropped."""
    if fields is None or len(fields) < width or any(fields[width:]):
        return None
    return fields[:width]


def _has_swallowed(further: list[str], fields: list[str], delimiter: str) -> bool:
    """Whether the lines that a record took in are records: at least half of them look like it.

    A line looks like it if it has as many fields, and half of those outside the long text have the
    same form. A text of several lines hardly ever does; records between two stray quotes do.
    """
    own = [(place, _form(field)) for place, field in enumerate(fields) if "\n" not in field]
    alike = 0
    for line in further:
        parts = _fitting(split(line, delimiter) or line.split(delimiter), len(fields))
        if parts is not None:
            alike += 2 * sum(_form(parts[place]) == form for place, form in own) >= len(own)
    return 2 * alike >= len(further)


def _form(field: str) -> str:
    """`x9` for every `o123`: the shape of a field without the lengths of its parts."""
    return re.sub(r"(.)\1+", r"\1", shape(field.strip()))


def shape(text: str, length: int = SHAPE_LENGTH) -> str:
    """The start of a text with every letter as x and every digit as 9: shows form, not content."""
    return "".join(
        "9" if mark.isnumeric() else "x" if mark.isalpha() or ord(mark) > 126 else mark
        for mark in text[:length]
    )
