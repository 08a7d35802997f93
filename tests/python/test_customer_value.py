"""Customer lifetime value on the sample, against lifetimes, and the promises of the marts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from engines import ROOT
from value_oracles import (
    check_drifting_rate,
    check_fit,
    check_one_time_buyers,
    check_predictions,
    fitted,
)

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The built sample warehouse."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("period", ["history", "calibration"])
def test_fits_agree_with_lifetimes(warehouse: duckdb.DuckDBPyConnection, period: str) -> None:
    check_fit(warehouse, period)


def test_drifting_rate_agrees_with_scipy(warehouse: duckdb.DuckDBPyConnection) -> None:
    check_drifting_rate(warehouse)


def test_predictions_agree_with_lifetimes(warehouse: duckdb.DuckDBPyConnection) -> None:
    check_predictions(warehouse)


def test_standard_errors_agree_with_the_curvature(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The curvature of the log-likelihood, by coarser steps and another library."""
    from lifetimes import BetaGeoFitter

    rows = warehouse.execute(
        "select repeat_orders, recency_weeks, age_weeks, weight"
        " from intermediate.int_purchase_histories where grain = 'exact' and period = 'history'"
    ).fetchnumpy()
    data = [rows[name] for name in ("repeat_orders", "recency_weeks", "age_weeks", "weight")]
    top = np.log(fitted(warehouse, "history", "bg_nbd")[:4])

    def log_likelihood(theta: np.ndarray) -> float:
        mean = BetaGeoFitter._negative_log_likelihood(theta, *data, 0.0)
        return -mean * data[3].sum()

    step = 0.01
    hessian = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            for sign_i in (-1, 1):
                for sign_j in (-1, 1):
                    moved = top.copy()
                    moved[i] += sign_i * step
                    moved[j] += sign_j * step
                    hessian[i, j] += sign_i * sign_j * log_likelihood(moved) / (4 * step**2)
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian))) * np.exp(top)
    published = warehouse.execute(
        "select standard_error from marts.clv_parameters where model = 'bg_nbd'"
        " order by case parameter when 'r' then 1 when 'alpha' then 2 when 'a' then 3 else 4 end"
    ).fetchnumpy()["standard_error"]
    # steps of 0.01 are off by some 1e-4 of the curvature
    np.testing.assert_allclose(published, expected, rtol=2e-3)


def test_order_distribution_agrees_with_simulation(warehouse: duckdb.DuckDBPyConnection) -> None:
    """P(at least n orders in the year) of customers drawn by the story of the model."""
    model, repeats, age, at_least, orders_if_alive = warehouse.execute(
        "select model, repeat_orders, age_weeks, at_least_if_alive, orders_if_alive_365d"
        " from intermediate.int_year_expectations where repeat_orders = 3"
        " order by age_weeks limit 1"
    ).fetchone()
    r, alpha, a, b, _ = fitted(warehouse, "history", model)
    draws, random = 200_000, np.random.default_rng(20240607)
    rate = random.gamma(r + repeats, 1 / (alpha + age), draws)
    stay = b + repeats + (1 if model == "mbg_nbd" else 0)
    leave = random.beta(a, stay, draws)
    unhindered = random.poisson(rate * 365 / 7)
    orders = np.minimum(unhindered, random.geometric(leave))
    # three standard errors of 200,000 draws
    for number, probability in enumerate(at_least[:8], start=1):
        assert probability == pytest.approx(np.mean(orders >= number), abs=3 * 0.5 / draws**0.5)
    assert orders_if_alive == pytest.approx(orders.mean(), abs=3 * orders.std() / draws**0.5)
    # the expectation is the sum of the tail probabilities; the list ends where little is left
    assert sum(at_least) == pytest.approx(orders_if_alive, rel=1e-3)


def test_discounted_value_is_the_sum_over_the_months(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select * from intermediate.int_year_expectations order by age_weeks, repeat_orders"
    ).fetchnumpy()
    months = [rows[f"orders_if_alive_m{month:02d}"] for month in range(1, 12)]
    gains = np.diff([np.zeros_like(months[0]), *months, rows["orders_if_alive_365d"]], axis=0)
    expected = sum(gain / 1.1 ** (month / 12) for month, gain in enumerate(gains, start=1))
    np.testing.assert_allclose(rows["discounted_orders_if_alive"], expected, rtol=1e-9)


def test_intervals_cover_what_happened(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Nine of ten customers order, and spend, within their 90 % interval: judged by people not learned from."""
    ((used, *coverages, customers),) = warehouse.execute(
        "select model, interval_coverage, value_interval_coverage, customers from marts.clv_validation"
        " where slice_type = 'all' and is_used"
    ).fetchall()
    # three standard errors of so few people
    margin = 0.01 + 3 * (0.09 / customers) ** 0.5
    assert coverages == pytest.approx([0.9, 0.9], abs=margin), used


def test_interval_levels_are_the_tenth_of_a_hundred_scores(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select model, repeat_class, order_score, money_score from intermediate.int_holdout_predictions"
    ).fetchnumpy()
    levels = warehouse.execute(
        "select model, repeat_class, order_level, money_level from intermediate.int_interval_levels"
        " where learned_from = 'both'"
    ).fetchall()
    assert len(levels) > 8
    for model, repeat_class, *published in levels:
        here = rows["model"] == model
        of_class = here & (rows["repeat_class"] == repeat_class)
        used = of_class if of_class.sum() >= 50 else here
        for level, kind in zip(published, ("order_score", "money_score"), strict=True):
            scores = np.sort(rows[kind][used])
            tenth = scores[max(1, (len(scores) + 1) // 10) - 1]
            assert level == pytest.approx(min(0.2, max(1e-4, tenth)), rel=2e-5), (model, repeat_class)


def test_used_model_beats_the_naive_rate(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = dict(
        warehouse.execute(
            "select case when is_used then 'used' else model end, rmse"
            " from marts.clv_validation where slice_type = 'all'"
        ).fetchall()
    )
    assert rows["used"] < rows["naive_rate"]


def test_one_time_buyers_do_not_outrank_repeaters(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert check_one_time_buyers(warehouse) > 0
