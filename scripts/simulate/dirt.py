"""Planted dirt: every bad row is made on purpose, counted and listed.

Rows that must be rejected are extra rows with keys of their own (or a damaged newer delivery of a
good row), so that the good data stay whole. Rows that must be accepted are changed in place. What
fits a column follows from the contract.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from .frame import Frame
from .settings import Settings

Row = list[str | None]
Render = Callable[[str, Frame], list[Row]]

QUARANTINED, DUPLICATE, ACCEPTED, SET_ASIDE = "quarantined", "duplicate", "accepted", "after_as_of"
BAD_TIMES = ["yesterday evening", "2024-13-45 25:61:00", "0000-00-00 00:00:00", "tbc"]
BAD_DATES = ["2024-02-31", "31st of May", "n/a-n/a-n/a", "0000-00-00"]
BAD_NUMBERS = ["abc", "1.2.3", "twelve", "#REF!"]
BAD_WORDS = ["teleport", "???", "not_a_value", "other stuff"]
NUMBERS = ("money", "number")
KEPT = ("account_id", "device_id", "store_id")  # an older version without these could break a rule
FREQUENT = ("web_events", "campaign_touches")


@dataclass
class Spoiled:
    """One table after planting: good rows kept, dirty rows as text, what was planted."""

    kept: np.ndarray
    positions: list[float] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    planted: list[tuple[str, str, str, str, str]] = field(default_factory=list)


class Table:
    """The contract of one table, as the planting needs it."""

    def __init__(self, name: str, contract: dict[str, Any], frame: Frame) -> None:
        self.name = name
        self.key: list[str] = contract["key"]
        self.columns = column_names(contract, frame)
        self.place = {column: i for i, column in enumerate(self.columns)}
        specs = {column: str(spec).split() for column, spec in contract["columns"].items()}
        self.kind = {column: spec[0] for column, spec in specs.items()}
        self.required = [column for column, spec in specs.items() if "required" in spec]
        self.has_rule = {
            column for column, spec in specs.items() if re.search(r"\.\.|positive", " ".join(spec))
        }
        self.happened: str | None = contract.get("happened")
        self.loaded = "_loaded_at" in self.place
        self.timed = self.loaded and self.kind.get(self.happened or "") == "timestamp"
        plain = [
            c
            for c in self.key
            if c != "source_system" and self.kind[c] in ("text", "code", "currency")
        ]
        self.fresh_column = plain[0]

    def of_kind(self, *kinds: str, required: bool = True) -> list[str]:
        """Columns of these types."""
        pool = self.required if required else list(self.kind)
        return [column for column in pool if self.kind[column] in kinds]

    def key_text(self, row: Row) -> str:
        """The key as the truth tables write it: parts joined by `|`."""
        return "|".join(row[self.place[column]] or "" for column in self.key)


def column_names(contract: dict[str, Any], frame: Frame) -> list[str]:
    """Contract columns in contract order, then the delivery time where the table has one."""
    extra = ["_loaded_at"] if "_loaded_at" in frame.columns else []
    return [*contract["columns"], *extra]


def shifted(text: str, **delta: float) -> str:
    """A timestamp text moved by a time span."""
    return (datetime.fromisoformat(text) + timedelta(**delta)).isoformat(sep=" ")


class Planter:
    """Plants all kinds into one table of one block."""

    def __init__(
        self, settings: Settings, table: Table, frame: Frame, block: int, render: Render
    ) -> None:
        self.settings, self.table, self.frame, self.block = settings, table, frame, block
        self.rng = settings.stream(block, f"dirt {table.name}")
        self.rates = settings.rates["dirt"]
        self.out = Spoiled(kept=np.ones(frame.rows, bool))
        rates = sum(rate for name, rate in self.rates.items() if name != "event_scale")
        size = int(frame.rows * rates * self._scale() * 1.5) + 80
        self.pool = self.rng.permutation(frame.rows)[:size]  # rows looked at, rendered at once
        self.texts = render(table.name, frame.take(self.pool)) if frame.rows else []
        self.used = 0
        self.fresh = 0

    def plant(self) -> Spoiled:
        """Every kind that fits this table, in a fixed order."""
        if self.frame.rows:
            for kind in (self._extra_kinds, self._copies, self._in_place):
                kind()
        return self.out

    # -- choosing ---------------------------------------------------------------------------------

    def _scale(self) -> float:
        return self.rates["event_scale"] if self.table.name in FREQUENT else 1.0

    def _count(self, kind: str) -> int:
        rate = self.rates[kind] * self._scale()
        return max(int(self.rng.binomial(self.frame.rows, rate)), 1 if self.block == 0 else 0)

    def _rows(self, count: int, again: bool) -> Iterator[tuple[int, Row]]:
        """`count` rows as text; each row once, unless `again`: then as a pattern only."""
        if again:
            picked = self.rng.integers(0, len(self.pool), count).tolist()
        else:
            picked = list(range(self.used, min(self.used + count, len(self.pool))))
            self.used += len(picked)
        for place in picked:
            yield int(self.pool[place]), list(self.texts[place])

    def _pick(self, options: list[Any]) -> Any:
        return options[int(self.rng.integers(0, len(options)))]

    def _add(self, position: int, row: Row, kind: str, column: str, expected: str) -> None:
        self.out.positions.append(position + 0.5)
        self.out.rows.append(row)
        self.out.planted.append((self.table.name, self.table.key_text(row), kind, column, expected))

    def _renewed(self, row: Row) -> Row:
        """The row under a key that nothing else has."""
        table, self.fresh = self.table, self.fresh + 1
        row = list(row)
        place = table.place[table.fresh_column]
        if table.kind[table.fresh_column] == "currency":
            row[place] = "GBP"
            if table.fresh_column != table.key[-1]:  # a day of its own
                day = datetime(2024, 1, 1) + timedelta(days=self.fresh)
                row[table.place["rate_date"]] = day.date().isoformat()
        else:
            prefix = (
                re.match(r"[A-Z]*", row[place] or "").group()
                if table.fresh_column.endswith("_id")
                else ""
            )
            number = 900_000_000 + self.block * 20_000 + self.fresh
            row[place] = (
                f"{prefix}{number}" if table.fresh_column.endswith("_id") else f"feed {number}"
            )
        return row

    # -- rows to be rejected ------------------------------------------------------------------

    def _extra_kinds(self) -> None:
        table, typed = self.table, self.settings.is_typed
        self._break("missing_required", table.required, lambda column, value: None)
        if not typed:
            self._break(
                "unparseable_timestamp",
                table.of_kind("timestamp"),
                lambda c, v: self._pick(BAD_TIMES),
            )
            self._break(
                "unparseable_date", table.of_kind("date"), lambda c, v: self._pick(BAD_DATES)
            )
            optional = [c for c in table.of_kind("date", required=False) if c not in table.required]
            self._break(
                "unparseable_optional_date",
                optional,
                lambda c, v: self._pick(BAD_DATES),
                "unparseable_date",
            )
            numbers = table.of_kind("money", "signed", "number", "int", "double")
            self._break("unparseable_number", numbers, lambda c, v: self._pick(BAD_NUMBERS))
            self._break("unparseable_boolean", table.of_kind("boolean"), lambda c, v: "maybe")
        self._break("unknown_enum", table.of_kind("enum"), lambda c, v: self._pick(BAD_WORDS))
        amounts = [c for c in table.of_kind(*NUMBERS) if c not in table.has_rule]
        self._break("negative_amount", amounts, self._negative)
        ranged = [c for c in table.required if c in table.has_rule]
        self._break("out_of_range", ranged, lambda c, v: "6" if c == "rating" else "-0.5")
        if table.timed:
            self._break("future_timestamp", [table.happened], lambda c, v: "2099-06-18 10:00:00")
        if table.name in ("order_items", "payments", "returns"):
            self._break("orphan", ["order_id"], self._unknown_order)
        self._special()

    def _negative(self, column: str, value: str | None) -> str:
        return "-5" if value is None or float(value) == 0 else f"-{value}"

    def _unknown_order(self, column: str, value: str | None) -> str:
        return f"O{970_000_000 + self.block * 20_000 + self.fresh}"

    def _break(
        self,
        kind: str,
        columns: list[str],
        wrong: Callable[[str, str | None], str | None],
        rate: str | None = None,
    ) -> None:
        """Extra rows with one column made wrong."""
        if not columns:
            return
        for position, row in self._rows(self._count(rate or kind), again=True):
            column = self._pick(columns)
            row = self._renewed(row)
            row[self.table.place[column]] = wrong(column, row[self.table.place[column]])
            self._add(position, row, kind, column, QUARANTINED)

    def _special(self) -> None:
        """Rules that belong to one table."""
        name, place = self.table.name, self.table.place
        least = 2 if self.block == 0 else 0
        if name == "orders":
            for position, row in self._rows(max(self._count("orphan"), least), again=True):
                row = self._renewed(row)
                row[place["channel"]], row[place["source_system"]], row[place["store_id"]] = (
                    "store",
                    "pos",
                    None,
                )
                self._add(position, row, "store_order_without_store", "store_id", QUARANTINED)
            for position, row in self._rows(max(self._count("damaged_newer"), least), again=True):
                row = self._renewed(row)
                row[place["currency"]] = "JPY"
                self._add(position, row, "no_exchange_rate", "currency", QUARANTINED)
            for position, row in self._rows(
                max(self._count("damaged_newer") // 2, least), again=True
            ):
                row = self._renewed(row)
                for system in ("web_shop", "app"):
                    twin = list(row)
                    twin[place["source_system"]], twin[place["channel"]] = (
                        system,
                        system.removesuffix("_shop"),
                    )
                    self._add(position, twin, "key_in_two_systems", "order_id", QUARANTINED)
        if name == "web_events":
            for position, row in self._rows(max(self._count("orphan"), least), again=True):
                row = self._renewed(row)
                row[place["device_id"]] = row[place["account_id"]] = None
                self._add(position, row, "event_without_identity", "device_id", QUARANTINED)
        if name == "survey_responses":
            for position, row in self._rows(max(self._count("out_of_range"), least), again=True):
                row = self._renewed(row)
                survey = self._pick(["nps", "csat", "ces"])
                row[place["survey_type"]] = survey
                missing = self.rng.random() < 0.4
                row[place["score"]] = (
                    None if missing else {"nps": "11", "csat": "7", "ces": "9"}[survey]
                )
                kind = "missing_required" if missing else "out_of_range"
                self._add(position, row, kind, "score", QUARANTINED)
        if name in ("web_events", "service_tickets") and self.block == 0:
            for position, row in self._rows(2, again=True):
                row = self._renewed(row)
                row[place[self.table.happened]] = "2025-07-02 09:30:00"
                row[place["_loaded_at"]] = "2025-07-03 02:00:00"
                for column in ("first_response_at", "resolved_at"):
                    if column in place:
                        row[place[column]] = None
                self._add(position, row, "after_as_of", self.table.happened, SET_ASIDE)

    # -- copies -------------------------------------------------------------------------------

    def _copies(self) -> None:
        """Exact copies, older versions, and damaged newer versions of good rows."""
        table, place = self.table, self.table.place
        for position, row in self._rows(self._count("exact_copy"), again=False):
            self._add(position, row, "exact_copy", "", DUPLICATE)
        if not table.loaded:
            return
        loaded = place["_loaded_at"]
        spare = [
            c
            for c in table.kind
            if c not in table.required and c not in table.key and c != table.happened
        ]
        spare = [c for c in spare if table.kind[c] in ("text", "code")]
        for position, row in self._rows(self._count("superseded"), again=False):
            held = [c for c in spare if row[place[c]] is not None and c not in KEPT]
            column = self._pick(held) if held else ""
            if column:
                row[place[column]] = None
            row[loaded] = shifted(row[loaded], minutes=-1)
            self._add(position, row, "superseded", column, DUPLICATE)
        broken = [c for c in table.required if c not in table.key and c != "source_system"]
        if not broken:
            return
        for position, row in self._rows(self._count("damaged_newer"), again=False):
            column = self._pick(broken)
            row[place[column]] = self._damaged(column, row[place[column]])
            row[loaded] = shifted(row[loaded], hours=20)
            self._add(position, row, "damaged_newer", column, QUARANTINED)

    def _damaged(self, column: str, value: str | None) -> str | None:
        kind = self.table.kind[column]
        if kind == "enum":
            return self._pick(BAD_WORDS)
        if kind == "money":
            return self._negative(column, value)
        if kind == "timestamp" and not self.settings.is_typed:
            return self._pick(BAD_TIMES)
        return None

    # -- rows to be accepted ------------------------------------------------------------------

    def _in_place(self) -> None:
        """Odd, yet valid: late files, clock errors, stray spaces, notations, broken letters."""
        table, place = self.table, self.table.place
        changes: list[tuple[str, list[str], Callable[[str], str]]] = []
        if table.loaded:
            later = lambda text: shifted(text, days=int(self.rng.integers(5, 60)))  # noqa: E731
            changes.append(("late_delivery", ["_loaded_at"], later))
        labels = table.of_kind("enum", "code", "email", "currency", required=False)
        changes.append(("stray_space_or_case", labels, self._untidy))
        texts = [c for c in table.of_kind("text", required=False) if c not in table.key]
        changes.append(("mojibake", texts, lambda v: v.encode().decode("cp1252", errors="replace")))
        times = table.of_kind("timestamp", required=False)
        if not self.settings.is_typed:
            changes.append(("offset_timestamp", times, self._with_offset))
        for kind, columns, change in changes:
            for position, row in self._rows(self._count(kind), again=False):
                fitting = [c for c in columns if row[place[c]]]
                if kind == "mojibake":
                    fitting = [c for c in fitting if not row[place[c]].isascii()]
                if fitting:
                    column = self._pick(fitting)
                    row[place[column]] = change(row[place[column]])
                    self.out.kept[position] = False
                    self._add(position, row, kind, column, ACCEPTED)
        if table.timed:
            for position, row in self._rows(self._count("small_clock_skew"), again=False):
                happened = row[place[table.happened]]
                if happened:
                    row[place["_loaded_at"]] = shifted(
                        happened, minutes=-int(self.rng.integers(3, 600))
                    )
                    self.out.kept[position] = False
                    self._add(position, row, "small_clock_skew", "_loaded_at", ACCEPTED)

    def _untidy(self, value: str) -> str:
        return [f" {value}", f"{value}  ", value.upper(), value.title()][
            int(self.rng.integers(0, 4))
        ]

    def _with_offset(self, value: str) -> str:
        if self.rng.random() < 0.5:
            return value.replace(" ", "T") + "Z"
        return shifted(value, hours=8).replace(" ", "T") + "+08:00"


def lines_of_rejected_orders(
    orders: Spoiled, order_table: Table, items: Spoiled, item_table: Table, pattern: Row
) -> None:
    """Some rejected orders bring a line: it goes with its order."""
    place, item_place = order_table.place, item_table.place
    for planted, row in zip(list(orders.planted), list(orders.rows), strict=True):
        if planted[2] not in ("unknown_enum", "negative_amount") or planted[3] == "order_id":
            continue
        line = list(pattern)
        line[item_place["order_id"]] = row[place["order_id"]]
        items.rows.append(line)
        items.positions.append(0.5)
        items.planted.append(
            (item_table.name, item_table.key_text(line), "parent_rejected", "order_id", QUARANTINED)
        )
