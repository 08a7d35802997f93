"""Columns in numpy, rendered to text or typed values by DuckDB.

A `Frame` is one table's rows in memory: a dict of columns. A column is a numpy array or one of
the two wrappers below, which keep keys and money as integers until the very end.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MISSING = -(2**62)  # stands for NULL in every integer array

SQL_TYPES = {
    "timestamp": "timestamp",
    "date": "date",
    "money": "decimal(18,4)",
    "signed": "decimal(18,4)",
    "number": "decimal(18,4)",
    "int": "bigint",
    "double": "double",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Ids:
    """Keys such as `W12`: a prefix and a number (MISSING = no key)."""

    prefix: str
    numbers: np.ndarray


@dataclass(frozen=True)
class Cents:
    """Money in whole cents (MISSING = none)."""

    cents: np.ndarray


Column = np.ndarray | Ids | Cents


def values_of(column: Column) -> np.ndarray:
    """The numpy array inside a column."""
    if isinstance(column, Ids):
        return column.numbers
    return column.cents if isinstance(column, Cents) else column


def rebuilt(column: Column, values: np.ndarray) -> Column:
    """The same kind of column around other values."""
    if isinstance(column, Ids):
        return Ids(column.prefix, values)
    return Cents(values) if isinstance(column, Cents) else values


@dataclass
class Frame:
    """Rows of one table; columns left out are null."""

    columns: dict[str, Column]
    rows: int = field(init=False)

    def __post_init__(self) -> None:
        lengths = {name: len(values_of(column)) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different length: {lengths}")
        self.rows = next(iter(lengths.values()), 0)

    def take(self, index: np.ndarray) -> Frame:
        """The rows at these positions (or under a boolean mask)."""
        return Frame(
            {name: rebuilt(col, values_of(col)[index]) for name, col in self.columns.items()}
        )


def concat(frames: list[Frame]) -> Frame:
    """One frame after the other; all have the same columns in the same form."""
    if len(frames) == 1:
        return frames[0]
    first = frames[0]
    return Frame(
        {
            name: rebuilt(col, np.concatenate([values_of(f.columns[name]) for f in frames]))
            for name, col in first.columns.items()
        }
    )


def expression(name: str, column: Column | None, kind: str, typed: bool) -> str:
    """SQL that turns the registered array `name` into the contract's type, or into text."""
    target = SQL_TYPES.get(kind, "varchar") if typed else "varchar"
    if column is None:
        return f'cast(null as {target}) as "{name}"'
    quoted = f'"{name}"'
    values = values_of(column)
    if values.dtype == object or values.dtype.kind in "bMf":
        body = quoted
    else:
        body = f"nullif({quoted}, {MISSING})"
    if isinstance(column, Ids):
        body = f"'{column.prefix}' || {body}"
    elif isinstance(column, Cents):
        body = f"cast({body} * 0.01 as decimal(18,2))"
    elif values.dtype.kind == "M":
        unit = "date" if kind == "date" else "timestamp"
        body = f"cast({body} as {unit})"
    return f'cast({body} as {target}) as "{name}"'


def seconds(values: np.ndarray) -> np.ndarray:
    """Epoch seconds (MISSING = none) as a datetime64 array with NaT."""
    values = np.asarray(values, dtype=np.int64)
    stamps = values.astype("datetime64[s]")
    stamps[values == MISSING] = np.datetime64("NaT")
    return stamps


def days(values: np.ndarray) -> np.ndarray:
    """Epoch days (MISSING = none) as a datetime64 array of dates."""
    values = np.asarray(values, dtype=np.int64)
    dates = values.astype("datetime64[D]")
    dates[values == MISSING] = np.datetime64("NaT")
    return dates


def words(vocabulary: list[str] | np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Words by code; a negative code gives null."""
    lookup = np.array([*vocabulary, None], dtype=object)
    codes = np.asarray(codes, dtype=np.int64)
    return lookup[np.where(codes < 0, len(lookup) - 1, codes)]


def constant(word: str | None, rows: int) -> np.ndarray:
    """The same word in every row."""
    return np.full(rows, word, dtype=object)
