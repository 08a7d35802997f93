"""A second reader of damaged CSV files, written from docs/raw-files.md, not from the reader's code.

It holds the whole file in memory, goes through it character by character, and is slow; the tests
compare what the project reads with what this reader sees.
"""

from __future__ import annotations

import re
from itertools import groupby

SEPARATORS = ",;\t|"


class NoCsv(Exception):
    """The oracle too would refuse this file."""


def read(data: bytes) -> tuple[list[str], list[tuple[int, list[str] | None]]]:
    """Header, and (line number, fields or None where the line is unparseable) of every record."""
    lines = _lines(data)
    start = 0
    while start < len(lines) and (
        not lines[start].strip("\ufeff \t") or re.fullmatch(r'"?sep=.?"?', lines[start].strip("\ufeff \t"), re.I)
    ):
        start += 1
    if start == len(lines):
        raise NoCsv("empty")
    first = lines[start].lstrip("\ufeff")
    separator = max(SEPARATORS, key=lambda mark: (first.count(mark), -SEPARATORS.index(mark)))
    state, header = _parse(first, separator)
    if state != "whole":
        raise NoCsv("header")
    names = [name.strip(" \t\ufeff\u00a0\u3000").lower() for name in header]
    found = []
    place = start + 1
    while place < len(lines):
        taken, fields = _record(lines, place, separator, len(names))
        if taken == 1 and not lines[place].strip() and (len(names) == 1 or separator not in lines[place]):
            place += 1
            continue
        found.append((place + 1, fields))
        place += taken
    return names, found


def _lines(data: bytes) -> list[str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            lines = re.split("\r\n|\r|\n", data.decode("utf-16").replace("\0", "\ufffd"))
            return lines if lines[-1] else lines[:-1]
        except UnicodeDecodeError as problem:
            raise NoCsv("UTF-16") from problem
    lines = []
    for line in re.split(b"\r\n|\r|\n", data):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        lines.append(text.replace("\0", "\ufffd"))
    return lines if lines[-1] else lines[:-1]


def _record(lines: list[str], place: int, separator: str, width: int) -> tuple[int, list[str] | None]:
    """How many lines the record at a place has, and its fields."""
    for taken in range(1, 201):
        if place + taken > len(lines):
            break
        if taken > 1 and '"' not in lines[place + taken - 1]:
            continue  # nothing closes the open quote
        state, fields = _parse("\n".join(lines[place : place + taken]), separator)
        if state == "open":
            continue
        fields = _fit(fields, width) if state == "whole" else None
        if fields is None or taken > 1 and _are_records(lines[place + 1 : place + taken], fields, separator):
            break
        return taken, fields
    return 1, None


def _parse(text: str, separator: str) -> tuple[str, list[str]]:
    """`whole`, `open` (a quote is) or `wrong` (text after a closing quote), and the fields."""
    fields: list[str] = []
    field: list[str] = []
    state, blanks = "start", False
    for mark in text:
        if state == "inside":
            if mark == '"':
                state = "closed"
            else:
                field.append(mark)
        elif state == "closed" and mark == '"' and not blanks:
            state = "inside"
            field.append(mark)
        elif mark == separator:
            fields.append("".join(field))
            field, state, blanks = [], "start", False
        elif state == "closed":
            if mark != " ":
                return "wrong", []
            blanks = True
        elif state == "start" and mark == '"':
            state, field = "inside", []
        else:
            state = "start" if state == "start" and mark == " " else "plain"
            field.append(mark)
    return ("open" if state == "inside" else "whole"), [*fields, "".join(field)]


def _fit(fields: list[str], width: int) -> list[str] | None:
    return fields[:width] if len(fields) >= width and not any(fields[width:]) else None


def _are_records(lines: list[str], fields: list[str], separator: str) -> bool:
    """At least half of the lines have the header's width, and half of their fields the record's form."""
    alike = 0
    others = [place for place, field in enumerate(fields) if "\n" not in field]
    for line in lines:
        state, parts = _parse(line, separator)
        cut = _fit(parts if state == "whole" else line.split(separator), len(fields))
        if cut is not None:
            same = [place for place in others if form(cut[place]) == form(fields[place])]
            alike += 2 * len(same) >= len(others)
    return 2 * alike >= len(lines)


def form(field: str) -> str:
    """Letters as x, digits as 9, each run once."""
    marks = ["9" if mark.isnumeric() else "x" if mark.isalpha() or ord(mark) > 126 else mark for mark in field.strip()]
    return "".join(mark for mark, _ in groupby(marks))
