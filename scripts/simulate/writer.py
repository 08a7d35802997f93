"""Frames to files: one DuckDB connection per process, one thread, so that bytes never vary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from .dirt import Row, Spoiled, column_names
from .frame import SQL_TYPES, Column, Frame, Ids, expression, values_of

FORMATS = {
    "csv": "(format csv, header true)",
    "parquet": "(format parquet, compression zstd, row_group_size 122880)",
}
SORTED_ROWS = 300_000


class Writer:
    """Writes tables of the contract, and truth tables, in one format."""

    def __init__(self, contract: dict[str, Any], file_format: str, is_typed: bool) -> None:
        self.contract, self.file_format, self.is_typed = contract, file_format, is_typed
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("set preserve_insertion_order = true")
        self.connection.execute("set enable_progress_bar = false")

    def text_rows(self, table: str, frame: Frame) -> list[Row]:
        """Rows as text, in the order of the frame."""
        names = column_names(self.contract[table], frame)
        select = self._select(names, self._kinds(table), frame, is_typed=False)
        rows = self.connection.execute(f"select {select} from frame order by position").fetchall()
        self.connection.unregister("frame")
        return [list(row) for row in rows]

    def write_table(self, table: str, frame: Frame, spoiled: list[Spoiled], path: Path) -> int:
        """A raw table: good rows and planted rows in their places; returns the number of rows."""
        names, kinds = column_names(self.contract[table], frame), self._kinds(table)
        if not spoiled:
            return self._copy(
                f"select {self._select(names, kinds, frame, self.is_typed)} from frame",
                frame.rows,
                path,
            )
        first = np.concatenate([[0], np.cumsum([len(s.kept) for s in spoiled])])
        kept = np.concatenate([s.kept for s in spoiled])
        positions = np.concatenate(
            [np.array(s.positions, float) + f for s, f in zip(spoiled, first[:-1], strict=True)]
        )
        rows = [row for s in spoiled for row in s.rows]
        good = self._select(names, kinds, frame, self.is_typed, kept=kept)
        dirty = {"position": positions}
        for i, name in enumerate(names):
            # a row of spaces keeps the column's type text even if all its cells are null
            dirty[name] = np.array([row[i] for row in rows] + [""], dtype=object)[: len(rows) + 1]
        dirty["position"] = np.append(positions, -1.0)
        self.connection.register("dirty", dirty)
        casts = ", ".join(self._cast(name, kinds[name]) for name in names)
        both = (
            f"select {good}, position from frame where is_kept "
            f"union all select {casts}, position from (select * from dirty where position >= 0)"
        )
        listed = ", ".join(f'"{name}"' for name in names)
        total = int(kept.sum()) + len(rows)
        sorting = (
            "order by position" if total <= SORTED_ROWS else ""
        )  # else the planted rows stand last
        count = self._copy(f"select {listed} from ({both}) {sorting}", total, path)
        self.connection.unregister("dirty")
        return count

    def write_truth(self, frame: Frame, path: Path) -> int:
        """A truth table: its columns as they come."""
        kinds = {name: _kind_of(column) for name, column in frame.columns.items()}
        select = self._select(list(frame.columns), kinds, frame, self.file_format == "parquet")
        return self._copy(f"select {select} from frame", frame.rows, path)

    def _kinds(self, table: str) -> dict[str, str]:
        kinds = {
            name: str(spec).split()[0] for name, spec in self.contract[table]["columns"].items()
        }
        return kinds | {"_loaded_at": "timestamp"}

    def _cast(self, name: str, kind: str) -> str:
        target = SQL_TYPES.get(kind, "varchar") if self.is_typed else "varchar"
        return f'cast("{name}" as {target}) as "{name}"'

    def _select(
        self,
        names: list[str],
        kinds: dict[str, str],
        frame: Frame,
        is_typed: bool,
        kept: np.ndarray | None = None,
    ) -> str:
        """Register the arrays and give the select list."""
        arrays = {"position": np.arange(frame.rows, dtype=float)}
        if kept is not None:
            arrays["is_kept"] = kept
        for name in names:
            if name in frame.columns:
                values = values_of(frame.columns[name])
                arrays[name] = (
                    values.astype("datetime64[s]") if values.dtype.kind == "M" else values
                )
        self.connection.register("frame", arrays)
        return ", ".join(expression(n, frame.columns.get(n), kinds[n], is_typed) for n in names)

    def _copy(self, query: str, rows: int, path: Path) -> int:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = str(path).replace("'", "''")
        self.connection.execute(f"copy ({query}) to '{target}' {FORMATS[self.file_format]}")
        self.connection.unregister("frame")
        return rows


def _kind_of(column: Column) -> str:
    """Contract type that fits a truth column."""
    if isinstance(column, Ids):
        return "text"
    kinds = {"b": "boolean", "M": "timestamp", "f": "double", "i": "int"}
    return kinds.get(values_of(column).dtype.kind, "text")
