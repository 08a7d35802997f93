"""Reads the pages' declarations and the marts, and gives what each page shows: texts, rows, charts."""

from __future__ import annotations

import csv
import datetime
import decimal
import re
from pathlib import Path
from typing import Any

import duckdb
import yaml

from scripts.dashboards import charts
from scripts.warehouse import ROOT

FOLDER = ROOT / "dashboards"
SEEDS = ROOT / "seeds" / "reference"
# a column of this name is what the filter of this name acts on; `dimension` stands for one of the last three
FILTERS = ("month", "channel", "region", "segment")
MONEY_OF = "select any_value(unit) from marts.action_budget where limit_kind = 'budget'"
UNKNOWN_CURRENCY = {"en": "base currency", "zh": "本位币"}
ABSENT = re.compile(r"Table with name (\w+) does not exist|Referenced column \"?(\w+)\"? not found|does not have a column named \"?(\w+)\"?")


class Declaration(Exception):
    """A page's file says something that cannot be shown; the message names page, block and what to mend."""


def load(name: str) -> dict[str, Any]:
    """One YAML file of the folder of dashboards."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def pages() -> list[dict[str, Any]]:
    """The declared pages in the order of their file names."""
    return [{"id": path.stem.split("_", 1)[1], **load(f"pages/{path.name}")} for path in sorted(FOLDER.glob("pages/*.yml"))]


def plain(value: Any) -> Any:
    """A value of DuckDB as JSON holds it: dates as text, decimals as numbers, doubles to nine digits."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float):
        return float(f"{value:.9g}") if value == value else None
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def packed(values: list[Any]) -> Any:
    """A column; repeated words as numbers of a list, which is what keeps pages small."""
    words = [value for value in values if isinstance(value, str)]
    distinct = sorted(set(words))
    if len(words) > 2 * len(distinct):
        number = {word: place for place, word in enumerate(distinct)}
        return {"words": distinct, "at": [None if value is None else number[value] for value in values]}
    return values


class Pages:
    """The pages over one database with the schema `marts`: a warehouse or a published copy."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, person: str | None = None) -> None:
        self.connection, self.person = connection, person
        # a published copy may lack tables and columns; in a warehouse that is a mistake
        self.is_copy = self.one("select count(*) from marts.published_state") is not None
        currency = self.one(MONEY_OF)
        named = {"en": currency, "zh": {"CNY": "元"}.get(currency, currency)} if currency else UNKNOWN_CURRENCY
        self.columns = charts.Columns(load("columns.yml"), named)
        self.words = self.read_words()
        self.metrics = self.read_metrics()

    def rows(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names and rows of a query; `$person` is the chosen customer."""
        values = {"person": self.person} if "$person" in sql else None
        result = self.connection.execute(sql, values)
        return [item[0] for item in result.description], result.fetchall()

    def one(self, sql: str) -> Any:
        """A single value, or None where its table is not in this copy."""
        try:
            rows = self.rows(sql)[1]
        except duckdb.CatalogException:
            return None
        return rows[0][0] if rows else None

    def read_words(self) -> dict[str, list[str]]:
        """The words that stand in columns, in English and Chinese: from the rule tables, the folder and the marts' own labels."""
        declared = load("words.yml")
        words: dict[str, list[str]] = {}
        for seed, column in declared["from_seeds"].items():
            with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
                words.update({row[column]: [row["label_en"], row["label_zh"]] for row in csv.DictReader(file)})
        words.update({str(word): list(pair) for word, pair in declared["words"].items()})
        for sql in declared["from_marts"]:
            try:
                words.update({word: [english, chinese] for word, english, chinese in self.rows(sql)[1] if word})
            except duckdb.CatalogException:
                continue
        return words

    def read_metrics(self) -> dict[str, dict[str, Any]]:
        """The governed metrics' labels and definitions by name, where the copy holds them."""
        try:
            names, rows = self.rows("from marts.metric_definitions")
        except duckdb.CatalogException:
            return {}
        return {row[names.index("metric")]: dict(zip(names, map(plain, row), strict=True)) for row in rows}

    def block(self, page: str, declared: dict[str, Any], sql: str) -> dict[str, Any]:
        """What the page needs of one block: its texts, rows and chart, or why there are none."""
        block = {key: value for key, value in declared.items() if key != "sql"}
        try:
            names, rows = self.rows(sql)
        except duckdb.Error as error:
            absent = ABSENT.search(str(error))
            if absent and self.is_copy:
                return {**block, "chart": "missing", "missing": next(filter(None, absent.groups()))}
            raise Declaration(f"page {page}, block {declared['id']}: {error}") from error
        block["show"] = declared.get("show") or [name for name in names if self.is_shown(name, declared)]
        unknown = [name for name in (*block["show"], *block.get("ratio", {})) if name not in self.columns.columns]
        if unknown:
            raise Declaration(f"page {page}, block {declared['id']}: dashboards/columns.yml has no {', '.join(unknown)}")
        if block["chart"] in charts.CHARTS:
            block["spec"] = charts.CHARTS[block["chart"]](block, self.columns)
        elif block["chart"] not in charts.PLAIN:
            raise Declaration(f"page {page}, block {declared['id']}: there is no chart {block['chart']}")
        block["head"] = {name: {**self.columns.label(name), "unit": self.columns.unit(name)} for name in block["show"]}
        if "same" not in declared:
            block["count"] = len(rows)
            block["data"] = {name: packed([plain(row[place]) for row in rows]) for place, name in enumerate(names)}
        if block.get("metric") in self.metrics:
            found = self.metrics[block["metric"]]
            block["governed"] = {"en": found["definition_en"], "zh": found["definition_zh"], "name": block["metric"]}
        return block

    def is_shown(self, name: str, declared: dict[str, Any]) -> bool:
        """Twins, flags and orders of rows serve the drawing; all else stands in the table."""
        hidden = ("is_small_sample", "is_complete", "dimension", "dimension_value", "row_order")
        return not name.endswith("_zh") and name not in hidden and name not in declared.get("hide", ())

    def words_of(self, blocks: list[dict[str, Any]]) -> dict[str, list[str]]:
        """The words that these blocks' rows use."""
        used = {"(other)"}
        for block in blocks:
            for values in block.get("data", {}).values():
                used.update(v for v in (values["words"] if isinstance(values, dict) else values) if isinstance(v, str))
        return {word: pair for word, pair in sorted(self.words.items()) if word in used}

    def page(self, declared: dict[str, Any]) -> dict[str, Any]:
        """One page with all that it shows."""
        sql = {block["id"]: block["sql"] for block in declared["blocks"] if "sql" in block}
        blocks = [self.block(declared["id"], block, sql[block.get("same", block["id"])]) for block in declared["blocks"]]
        blocks.sort(key=lambda block: block["chart"] == "missing")  # what a copy holds goes first
        return {"id": declared["id"], "title": declared["title"], "lead": declared["lead"], "blocks": blocks}


def choices(built: list[dict[str, Any]], as_of: str) -> dict[str, list[str]]:
    """What each filter offers: the values in any page's rows; of months, those that have begun."""
    found: dict[str, set[str]] = {name: set() for name in FILTERS}

    def values(column: Any, count: int) -> list[Any]:
        if isinstance(column, dict):
            return [None if at is None else column["words"][at] for at in column["at"]]
        return column or [None] * count

    for block in (block for page in built for block in page["blocks"]):
        data, count = block.get("data", {}), block.get("count", 0)
        for name in FILTERS:
            found[name].update(value for value in values(data.get(name), count) if value)
        pairs = zip(values(data.get("dimension"), count), values(data.get("dimension_value"), count), strict=True)
        for dimension, value in pairs:
            if dimension in FILTERS and value:
                found[dimension].add(value)
    found["month"] = {month for month in found["month"] if month <= as_of[:7]}
    return {name: sorted(values) for name, values in found.items()}
