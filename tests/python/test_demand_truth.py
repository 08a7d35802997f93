"""The shock of demand that the simulator plants, in five shops and a hard one: named by the week, and no other week in a hundred."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from demand_project import DemandProject

from scripts.bench.demand_truth import Shock, find
from scripts.simulate.__main__ import main as simulate

pytestmark = pytest.mark.heavy

SHOPS = [*((seed, "shock") for seed in range(101, 106)), (101, "hard+shock")]
CUSTOMERS = 6000


def build_shop(folder: Path, seed: int, preset: str) -> DemandProject:
    """The models of demand on the orders of a simulated shop."""
    words = ["--customers", str(CUSTOMERS), "--seed", str(seed), "--preset", preset, "--clean", "--format", "parquet"]
    words += ["--quiet", "--tables", "orders,order_items,products,calendar_events", "--out", str(folder / "raw")]
    words += ["--events-per-customer", "0.1", "--touches-per-customer", "0.1", "--truth", str(folder / "truth")]
    assert simulate(words) == 0
    sales = duckdb.sql(
        f"""
        select category, channel, cast(ordered_at as date) as day, cast(sum(quantity) as double) as units
        from '{folder}/raw/orders.parquet'
        inner join '{folder}/raw/order_items.parquet' using (order_id)
        inner join '{folder}/raw/products.parquet' using (product_id)
        where status != 'cancelled' group by all
        """
    ).fetchall()
    events = duckdb.sql(
        f"select event_date, event_name, event_type from '{folder}/raw/calendar_events.parquet' where region is null"
    ).fetchall()
    project = DemandProject(folder / "project")
    project.sell(sales, dt.date(2025, 7, 1), events)
    project.build("--select", "+category_demand_history")
    return project


@pytest.mark.parametrize(("seed", "preset"), SHOPS)
def test_the_planted_shock_is_named(seed: int, preset: str, tmp_path: Path) -> None:
    project = build_shop(tmp_path, seed, preset)
    shock = Shock.planted(tmp_path / "truth")
    with duckdb.connect(str(tmp_path / "project" / "warehouse.duckdb"), read_only=True) as connection:
        found = find(connection, f"{project.schema}.category_demand_history", shock)
    print(seed, preset, found)
    assert found.is_first_named and found.first_residual > 0.3
    # among the greatest surprises of nine categories in two and a half years, where others are rare
    assert found.first_surprise <= 3
    assert found.false_alarms <= 0.01 * found.other_weeks and found.other_weeks > 900
