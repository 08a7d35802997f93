"""The dashboards' pages: whole in both languages, with the marts' figures, small, and without the network."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import vl_convert

from scripts.dashboards import __main__ as command
from scripts.dashboards import generate
from scripts.warehouse import ROOT

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# words of the data themselves, which nobody translates: names, keys, versions, tables and their columns
AS_THEY_ARE = {
    "item", "campaign", "city", "order_id", "customer_id", "build_id", "column_name", "level_value", "month", "flow_month", "week",
    "cohort_month", "started_at", "finished_at", "as_of", "ordered", "first_seen", "last_event", "last_loaded", "requested", "erased", "evidence",
    "risk_evidence", "parameter", "tag_value", "source_system",
}  # fmt: skip
# block, column, and the same figure asked of the marts in another way
FIGURES = [
    ("overview", "revenue", "net_revenue", "select sum(net_revenue) from marts.orders"),
    ("overview", "revenue", "orders", "select count(*) from marts.orders"),
    ("overview", "revenue", "net_revenue", "select sum(net_revenue) from marts.order_lines"),
    ("customers", "people", "customers", "select count(*) from marts.customers"),
    ("customers", "people", "buyers", "select count(distinct customer_id) from marts.orders"),
    ("customers", "joined", "accounts", "select count(*) from marts.customer_accounts"),
    ("segments", "grid", "customers", "select count(*) from marts.customer_rfm"),
    ("segments", "sizes", "net_revenue", "select sum(monetary) from marts.customer_rfm"),
    ("value", "totals", "clv", "select sum(clv_365d) from marts.customer_clv"),
    ("value", "distribution", "customers", "select count(*) from marts.customer_clv"),
    ("value", "concentration", "value_share", "select 1.0"),
    ("journey", "after_drop", "people", "select count(*) from marts.funnel_entries where dropped_at_step is not null"),
    ("marketing", "models", "revenue", "select sum(revenue) from marts.channel_attribution"),
    ("marketing", "by_month", "revenue", "select sum(attributed_revenue) from marts.attributed_orders"),
    ("satisfaction", "tickets", "tickets", "select sum(tickets) from marts.service_performance where period_type = 'month'"),
    ("next", "expected", "expected_people", "select sum(probability) from marts.customer_propensities"),
    ("actions", "audiences", "customers", "select sum(customers) from marts.action_audiences"),
    ("data_health", "rows", "raw_rows", "select sum(raw_rows) from marts.source_reconciliation"),
    ("data_health", "rows", "unexplained_rows", "select 0"),
]
PAGES = [path.stem.split("_", 1)[1] for path in sorted(generate.FOLDER.glob("pages/*.yml"))]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse that the builds left, read-only."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, warehouse: duckdb.DuckDBPyConnection) -> Path:
    """All pages, with one person's."""
    made = tmp_path_factory.mktemp("dashboards")
    command.write(made, warehouse, somebody(warehouse))
    return made


def somebody(warehouse: duckdb.DuckDBPyConnection) -> str:
    """A customer with an action and with probabilities: always the same one."""
    sql = "select min(customer_id) from marts.customer_next_actions semi join marts.customer_propensities using (customer_id) where action != 'do_nothing'"
    return warehouse.execute(sql).fetchall()[0][0]


def payload(folder: Path, page: str) -> dict[str, Any]:
    """What a page holds."""
    text = (folder / command.file_of(page)).read_text(encoding="utf-8")
    found = re.search(r'<script id="payload" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def column(block: dict[str, Any], name: str) -> list[Any]:
    """The values of a column, words back from their numbers."""
    values = block["data"].get(name, [])
    if isinstance(values, dict):
        return [None if at is None else values["words"][at] for at in values["at"]]
    return values


def texts(value: Any) -> Iterator[dict[str, str]]:
    """Every pair of texts inside a value."""
    if isinstance(value, dict):
        if {"en", "zh"} <= set(value):
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def in_english(value: Any) -> Any:
    """A specification as the page draws it on a wide screen."""
    if isinstance(value, list):
        return [in_english(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    for one in ("en", "wide"):
        if one in value and ("zh" in value or "narrow" in value):
            return value[one]
    return {name: in_english(inner) for name, inner in value.items() if name != "only_if_open"}


@pytest.mark.parametrize("page", PAGES)
def test_page_has_rows_and_charts_that_compile(folder: Path, page: str) -> None:
    """Every block has rows or says why not; every chart is a valid specification."""
    blocks = payload(folder, page)["page"]["blocks"]
    assert blocks
    for block in blocks:
        assert block["chart"] != "missing", block["id"]
        if block.get("same") is None and block["id"] != "uplift":  # the sample's log is too short for uplift
            assert block["count"] > 0, block["id"]
        if "spec" in block:
            spec = {"data": {"values": []}, "datasets": {"nodes": [], "ribbons": []}, "config": {"customFormatTypes": True}}
            compiled = vl_convert.vegalite_to_vega({**spec, **in_english(block["spec"])})
            assert compiled["marks"], block["id"]


@pytest.mark.parametrize("page", PAGES)
def test_page_speaks_both_languages(folder: Path, page: str) -> None:
    """Every text has its twin, and every word in the rows of a chart a translation."""
    held = payload(folder, page)
    assert all(pair["en"].strip() and pair["zh"].strip() for pair in texts(held))
    for block in held["page"]["blocks"]:
        for key in ("title", "about"):
            assert CHINESE.search(block[key]["zh"]), (block["id"], key)
            assert not CHINESE.search(block[key]["en"]), (block["id"], key)
        asked = {*block["show"], *block.get("choose", {}), *(name for pair in block.get("join", {}).values() for name in pair)}
        for name in asked - AS_THEY_ARE:
            if f"{name}_zh" in block.get("data", {}):
                continue
            words = {word for word in column(block, name) if isinstance(word, str)} if "data" in block else set()
            unknown = {word for word in words if re.search(r"[A-Za-z]{3}", word) and word not in held["words"]}
            assert not unknown, (block["id"], name, sorted(unknown)[:10])


@pytest.mark.parametrize("page, block, name, sql", FIGURES, ids=[f"{page}-{block}-{name}-{at}" for at, (page, block, name, _) in enumerate(FIGURES)])
def test_figures_equal_the_marts(folder: Path, warehouse: duckdb.DuckDBPyConnection, page: str, block: str, name: str, sql: str) -> None:
    """What a page adds up is what the marts say."""
    found = next(one for one in payload(folder, page)["page"]["blocks"] if one["id"] == block)
    total = sum(value for value in column(found, name) if value is not None)
    assert total == pytest.approx(float(warehouse.execute(sql).fetchall()[0][0]), rel=1e-7, abs=1e-6)


def test_names_of_governed_metrics_exist(folder: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """A block that names a governed metric shows its definition."""
    known = {row[0] for row in warehouse.execute("select metric from marts.metric_definitions").fetchall()}
    named = [block for page in PAGES for block in payload(folder, page)["page"]["blocks"] if "metric" in block]
    assert len(named) >= 10
    assert {block["metric"] for block in named} <= known
    assert all(block["governed"]["zh"] for block in named)


def test_pages_need_no_network_and_stay_small(folder: Path) -> None:
    """Nothing is fetched from elsewhere, and a page with all it loads is under 3 MB."""
    shared = sum((folder / name).stat().st_size for name in ("vega.js", "app.js", "app.css"))
    for path in [*folder.glob("*.html"), folder / "app.js", folder / "app.css"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]|@import|\bfetch\(|XMLHttpRequest", text), path.name
        if path.suffix == ".html":
            assert "default-src 'none'" in text
            assert path.stat().st_size + shared < 3_000_000, path.name


@pytest.mark.parametrize("page", [page for page in PAGES if page != "person"])
def test_pages_stay_small_whatever_the_number_of_customers(folder: Path, page: str) -> None:
    """Rows are cells of few words: all that their combinations could fill is bounded, with a million customers too."""
    for block in payload(folder, page)["page"]["blocks"]:
        if "sum" in block and "data" in block and "same" not in block:
            cells = 1
            for name in block["data"]:
                words = {value for value in column(block, name) if isinstance(value, str)}
                cells *= 1 if name.endswith("_zh") else max(1, len(words))
            assert cells < 30_000, block["id"]


def test_only_one_page_is_about_a_person(folder: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The other pages hold aggregates: no customer's id stands in them."""
    people = {row[0] for row in warehouse.execute("select customer_id from marts.customers").fetchall()}
    for page in PAGES:
        words = set(re.findall(r"[0-9a-f]{32,}", (folder / command.file_of(page)).read_text(encoding="utf-8")))
        assert (words & people) == ({somebody(warehouse)} if page == "person" else set()), page


def test_declarations_are_short() -> None:
    """A page is declared in some hundred lines."""
    assert {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in generate.FOLDER.glob("pages/*.yml")
            if len(path.read_text(encoding="utf-8").splitlines()) > 120} == {}  # fmt: skip


REST = "timestamp '2025-01-01' as started_at, timestamp '2025-01-01' as finished_at, 1 as mart_count, 1 as row_count, 'b' as build_id"


def small(path: Path, status: str, *more: str) -> Path:
    """A database with a build state and nothing else."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.build_state as select '{status}' as status, 'one mart failed' as reason, date '2025-01-01' as as_of, {REST}")
        for sql in more:
            connection.execute(sql)
    return path


def test_copy_without_tables_says_so(tmp_path: Path) -> None:
    """A published copy may lack tables: its pages say which; in a warehouse that is a mistake."""
    copy = small(tmp_path / "copy.duckdb", "complete", "create table marts.published_state as select 1 as one")
    assert command.main(["--database", str(copy), "--folder", str(tmp_path / "out")]) == 0
    blocks = payload(tmp_path / "out", "overview")["page"]["blocks"]
    assert {block["chart"] for block in blocks} == {"missing"}
    assert blocks[0]["missing"] == "orders"
    assert {path.name for path in (tmp_path / "out").glob("*.html")} == {"index.html", "data_health.html"}  # the build's state is there
    bare = small(tmp_path / "bare.duckdb", "complete")
    assert command.main(["--database", str(bare), "--folder", str(tmp_path / "other")]) == 1
    assert not (tmp_path / "other" / "index.html").exists()


def test_refused_with_a_line_that_helps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No database, marts of two builds, a person who is not there."""
    assert command.main(["--database", str(tmp_path / "none.duckdb")]) == 2
    mixed = small(tmp_path / "mixed.duckdb", "mixed")
    assert command.main(["--database", str(mixed), "--folder", str(tmp_path / "out")]) == 1
    assert not (tmp_path / "out").exists()
    whole = small(tmp_path / "whole.duckdb", "complete", "create table marts.customers as select 'abc' as customer_id")
    assert command.main(["--database", str(whole), "--person", "abd"]) == 2
    said = capsys.readouterr().err
    assert "run `make build` first" in said
    assert "one mart failed" in said
    assert "no customer in marts.customers has the id 'abd'" in said


def test_a_wrong_column_is_named_with_its_block(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Who writes a page is told where the mistake is."""
    reader = generate.Pages(warehouse)
    about = {"id": "b", "title": {}, "about": {}, "chart": "table"}
    with pytest.raises(generate.Declaration, match="page p, block b: .*nonsense"):
        reader.block("p", about, "select nonsense from marts.orders")
    with pytest.raises(generate.Declaration, match="dashboards/columns.yml has no whatever"):
        reader.block("p", about, "select 1 as whatever")
