"""A BI tool on the published copy: through SQLAlchemy 1.4, as Superset comes, and pandas."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engines import ROOT

from scripts import publish

sqlalchemy = pytest.importorskip("sqlalchemy", reason="requirements-heavy.txt brings the driver")

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))
REVENUE = (
    "select goal_label_zh, channel, sum(revenue) as revenue from marts.channel_attribution"
    " where model = {model} group by all order by all"
)


class Copy:
    """The copy for the business, and what DuckDB itself says of it: one process opens a file in one way at a time."""

    def __init__(self, folder: Path) -> None:
        publish.publish(folder, WAREHOUSE, ["business"])
        self.path = folder / "business.duckdb"
        self.tables = {row[0] for row in self.ask("select table_name from duckdb_tables() where schema_name = 'marts'")}
        self.revenue = self.ask(REVENUE.format(model="'markov'"))

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def business(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the sample's warehouse."""
    return Copy(tmp_path_factory.mktemp("published"))


@pytest.fixture
def engine(business: Copy) -> Iterator[Any]:
    """The address that docs/bi-tools.md tells a Superset user to write."""
    found = sqlalchemy.create_engine(f"duckdb:///{business.path}?access_mode=read_only")
    yield found
    found.dispose()


def test_a_tool_lists_tables_and_columns(engine: Any, business: Copy) -> None:
    """Guards the first click: schema, tables and columns with their types, as the file has them."""
    inspector = sqlalchemy.inspect(engine)
    assert "business.marts" in inspector.get_schema_names()
    assert set(inspector.get_table_names("business.marts")) == business.tables != set()
    types = {column["name"]: column["type"] for column in inspector.get_columns("channel_attribution", "business.marts")}
    assert isinstance(types["channel"], sqlalchemy.String)
    assert isinstance(types["revenue"], sqlalchemy.Numeric)


def test_a_tool_gets_the_figures_of_the_file(engine: Any, business: Copy) -> None:
    """Guards what charts show: money as decimals, days as days, Chinese as Chinese, filters with values of the user."""
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text(REVENUE.format(model=":model")), {"model": "markov"})
        found = [tuple(row) for row in rows]
        day = connection.execute(sqlalchemy.text("select as_of from marts.published_state")).scalar()
    assert found == business.revenue != []
    assert all(isinstance(row[2], Decimal) for row in found)
    assert isinstance(day, dt.date)
    assert any("\u4e00" <= letter <= "\u9fff" for row in found for letter in row[0] or "")


def test_a_tool_builds_its_own_query(engine: Any) -> None:
    """Guards tools that write SQL from what they read of the tables: reflection, grouping, a time axis by month."""
    table = sqlalchemy.Table("loyalty_metrics", sqlalchemy.MetaData(), schema="marts", autoload_with=engine)
    month = sqlalchemy.literal_column("date_trunc('month', period_start)").label("month")
    query = (
        sqlalchemy.select(month, sqlalchemy.func.sum(table.c.orders))
        .where(table.c.dimension == "all", table.c.is_complete)
        .group_by(month)
        .order_by(month)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).fetchall()
    # in the small sample most months hold a cell of few people and are folded
    assert len(rows) >= 3
    assert all(row[1] >= 0 for row in rows)


def test_a_tool_cannot_write(engine: Any) -> None:
    """Guards the copy from a tool that stores results beside what it read."""
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
        connection.execute(sqlalchemy.text("create table marts.mine as select 1 as one"))


def test_pandas_gets_frames_with_types(business: Copy) -> None:
    """Guards notebooks: the lines of docs/bi-tools.md give a frame whose days are days and whose counts are numbers."""
    with duckdb.connect(str(business.path), read_only=True) as connection:
        frame = connection.sql("select period_start, orders, is_complete from marts.loyalty_metrics where dimension = 'all'").df()
    assert {str(kind) for kind in frame.dtypes[["period_start", "is_complete"]]} == {"datetime64[us]", "bool"}
    assert frame["orders"].sum() > 0
