"""What lifetimes says about the customers of a warehouse, beside what the warehouse says."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from engines import ROOT
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
from lifetimes.utils import ConvergenceError

FITTERS = {"bg_nbd": BetaGeoFitter, "mbg_nbd": ModifiedBetaGeoFitter}
ALL = "(all)"  # the segment where var clv_segment_by is empty
ORDER_COLUMNS = (
    "order_id,source_system,ordered_at,channel,status,account_id,currency,net_amount".split(",")
)


def write_orders(
    folder: Path, orders: Iterable[Sequence[Any]], tiers: Mapping[str, str] | None = None
) -> str:
    """Orders as a raw table (account, time, money), accounts with their tier; the pattern for raw_data."""
    folder.mkdir(parents=True, exist_ok=True)
    if tiers:
        with (folder / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["source_system", "account_id", "member_tier"])
            writer.writerows(["test", account, tier] for account, tier in tiers.items())
    with (folder / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(ORDER_COLUMNS)
        for number, (account, ordered_at, amount) in enumerate(orders):
            writer.writerow(
                [f"o{number}", "test", ordered_at, "web", "completed", account, "USD", amount]
            )
    return str(folder / "{table}.csv")


def build(warehouse: Path, raw_data: str, selection: Sequence[str], **variables: Any) -> None:
    """Build the selected models and their parents on other raw data, as a user does."""
    settings = {
        "raw_data": raw_data,
        "consent_when_untracked": "allow",
        "base_currency": "USD",
        "allow_sample_salt": True,
    } | variables
    dbt = Path(sys.executable).parent / "dbt"
    result = subprocess.run(
        [str(dbt), "--no-use-colors", "build", "--exclude-resource-type", "unit_test"]
        + ["--exclude-resource-type", "test"]
        + ["--target-path", str(warehouse.parent / "target"), "--log-path", str(warehouse.parent)]
        + ["--vars", str(settings), "-s", *(f"+{name}" for name in selection)],
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]


def fitted(
    warehouse: duckdb.DuckDBPyConnection, period: str, model: str, segment: str = ALL
) -> list[float]:
    """The parameters that the warehouse uses, and the log-likelihood."""
    return warehouse.execute(
        "select parameter_1, parameter_2, parameter_3, parameter_4, log_likelihood"
        " from intermediate.int_clv_fits where period = ? and model = ? and segment = ?",
        [period, model, segment],
    ).fetchone()


def histories(
    warehouse: duckdb.DuckDBPyConnection, period: str, segment: str = ALL
) -> dict[str, np.ndarray]:
    """The customers of a period and segment, sorted by id."""
    return warehouse.execute(
        "select customer_id, repeat_orders, recency_weeks, age_weeks, repeat_value, holdout_days"
        " from intermediate.int_clv_customers where period = ? and segment = ? order by customer_id",
        [period, segment],
    ).fetchnumpy()


def lifetimes_model(model: str, parameters: Sequence[float]) -> Any:
    """A lifetimes model with given parameters: its formulas without its optimiser."""
    from scipy.special import hyp2f1

    fitter = FITTERS[model]()
    r, alpha, a, b = parameters[:4]
    first_flip = 0 if model == "bg_nbd" else 1

    def predict(weeks: float, x: Any, t_x: Any, age: Any) -> np.ndarray:
        """lifetimes' formula; where the logarithm that it takes of a negative 2F1 fails, without it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = fitter.conditional_expected_number_of_purchases_up_to_time(weeks, x, t_x, age)
        top, reach = a + b + x - 1 + first_flip, weeks / (alpha + age + weeks)
        series = hyp2f1(r + x, b + x + first_flip, top, reach) * (1 - reach) ** (r + x)
        alive = fitter.conditional_probability_alive(x, t_x, age)
        return np.where(np.isnan(theirs), alive * top / (a - 1) * (1 - series), theirs)

    fitter.params_ = dict(zip(["r", "alpha", "a", "b"], parameters[:4], strict=True))
    fitter.predict = predict
    return fitter


def is_held_by_prior(
    warehouse: duckdb.DuckDBPyConnection, period: str, model: str, segment: str
) -> bool:
    """Whether the data could not determine the fit: lifetimes, which has no prior, runs away then."""
    return warehouse.execute(
        "select max_by(prior_reason is not null, iteration) from intermediate.int_purchase_fit"
        " where period = ? and model = ? and segment = ?",
        [period, model, segment],
    ).fetchall()[0][0]


def most_likely(log_likelihood: Callable[[np.ndarray], float], with_prior: bool) -> np.ndarray:
    """The top of lifetimes' log-likelihood by scipy, with our prior (log-normal, median 1, sd 3) or without."""
    from scipy.optimize import minimize

    precision = 1 / 3**2 if with_prior else 0
    top = minimize(
        lambda theta: precision * (theta**2).sum() / 2 - log_likelihood(np.exp(theta)),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 20_000, "maxfev": 20_000},
    )
    assert top.success, top.message
    return np.exp(top.x)


def fitted_by_lifetimes(fitter_class: Any, x: Any, t_x: Any, age: Any) -> list[float] | None:
    """What lifetimes' optimiser finds; none where it gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitter = fitter_class(penalizer_coef=0.0).fit(x, t_x, age)
        except ConvergenceError:
            return None
    return [fitter.params_[name] for name in ("r", "alpha", "a", "b")]


def check_fit(warehouse: duckdb.DuckDBPyConnection, period: str, segment: str = ALL) -> None:
    """No parameters that lifetimes finds are likelier, and they are the same ones.

    Where lifetimes' own optimiser gives up, or our prior holds the fit, scipy climbs lifetimes' likelihood.
    """
    people = histories(warehouse, period, segment)
    x, t_x, age = people["repeat_orders"], people["recency_weeks"], people["age_weeks"]
    for model, fitter_class in FITTERS.items():
        *ours, log_likelihood = fitted(warehouse, period, model, segment)

        def evaluate(parameters: Sequence[float], of: Any = fitter_class) -> float:
            weights = np.ones(len(x))
            mean = of._negative_log_likelihood(np.log(parameters), x, t_x, age, weights, 0.0)
            return -mean * len(x)

        is_held = is_held_by_prior(warehouse, period, model, segment)
        theirs = None if is_held else fitted_by_lifetimes(fitter_class, x, t_x, age)
        if theirs is None:
            theirs = most_likely(evaluate, with_prior=is_held)
        if not is_held:
            # theirs stops where its gradient is 1e-7 of the mean, ours goes on to the last digit
            assert log_likelihood >= evaluate(theirs) - 1e-6, model
        assert log_likelihood == pytest.approx(evaluate(ours), abs=1e-6), model
        # how far apart the estimates may then be depends on how flat the top is
        assert ours == pytest.approx(theirs, rel=1e-3), model

    repeaters = (x > 0) & (people["repeat_value"] > 0)
    counts, values = x[repeaters], people["repeat_value"][repeaters]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spend = GammaGammaFitter(penalizer_coef=0.0).fit(counts, values)
    ours = fitted(warehouse, period, "gamma_gamma", segment)
    theirs = list(spend.params_[name] for name in ("p", "q", "v"))
    assert ours[:3] == pytest.approx(theirs, rel=1e-3)


def check_predictions(warehouse: duckdb.DuckDBPyConnection, tolerance: float = 1e-8) -> None:
    """Every customer's prediction for the holdout and for the year, by the same parameters.

    The tolerance: scipy's hypergeometric function loses digits in front of 1 - 2F1(…).
    """
    people = histories(warehouse, "calibration")
    for model in FITTERS:
        predicted = warehouse.execute(
            "select predicted_orders from intermediate.int_holdout_predictions"
            " where model = ? order by customer_id",
            [model],
        ).fetchnumpy()["predicted_orders"]
        expected = lifetimes_model(model, fitted(warehouse, "calibration", model)).predict(
            people["holdout_days"][0] / 7,
            people["repeat_orders"],
            people["recency_weeks"],
            people["age_weeks"],
        )
        np.testing.assert_allclose(predicted, expected, rtol=tolerance, atol=1e-10, err_msg=model)

    people = histories(warehouse, "history")
    clv = warehouse.execute(
        "select * from marts.customer_clv order by customer_id"
    ).fetchnumpy()
    leaving_model, used = str(clv["leaving_model"][0]), str(clv["model"][0])
    fitter = lifetimes_model(leaving_model, fitted(warehouse, "history", leaving_model))
    counts = (people["repeat_orders"], people["recency_weeks"], people["age_weeks"])
    if used == "drifting_rate":
        rates = drifting_rates(warehouse, "history")
    for days in (30, 90, 365):
        np.testing.assert_allclose(
            clv[f"expected_orders_{days}d"],
            rates * days / 7 if used == "drifting_rate" else fitter.predict(days / 7, *counts),
            rtol=tolerance,
            atol=1e-10,
        )
    np.testing.assert_allclose(
        clv["probability_alive"], fitter.conditional_probability_alive(*counts), rtol=1e-10
    )

    spend = GammaGammaFitter()
    spend.params_ = dict(
        zip(["p", "q", "v"], fitted(warehouse, "history", "gamma_gamma")[:3], strict=True)
    )
    values = np.maximum(np.nan_to_num(np.ma.filled(people["repeat_value"], 0.0)), 0.0)
    expected = np.maximum(spend.conditional_expected_average_profit(counts[0], values), 0)
    # published in cents
    np.testing.assert_allclose(clv["expected_order_value"].astype(float), expected, atol=0.00501)


def evidence(
    warehouse: duckdb.DuckDBPyConnection, origin: str, half_life: float
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Customers known at an origin, their orders and weeks so far, older ones counted less."""
    (until,) = warehouse.execute(
        "select observed_until from intermediate.int_rate_origins where origin = ?", [origin]
    ).fetchone()
    first: dict[str, Any] = {}
    orders: dict[str, float] = {}
    for customer, day in warehouse.execute(
        "select customer_id, ordered_on from intermediate.int_order_days where ordered_on <= ?"
        " order by customer_id, ordered_on",
        [until],
    ).fetchall():
        if customer not in first:
            first[customer], orders[customer] = day, 0.0
        else:
            orders[customer] += 0.5 ** ((until - day).days / 7 / half_life)
    people = sorted(first)
    age = np.array([(until - first[customer]).days / 7 for customer in people])
    weeks = (1 - 0.5 ** (age / half_life)) * half_life / np.log(2)
    return people, np.array([orders[customer] for customer in people]), weeks


def drifting_rates(warehouse: duckdb.DuckDBPyConnection, period: str) -> np.ndarray:
    """Orders a week of every customer by the drifting rate, sorted by customer."""
    r, alpha, half_life = fitted(warehouse, period, "drifting_rate")[:3]
    _, orders, weeks = evidence(warehouse, period, half_life)
    return (r + orders) / (alpha + weeks)


def check_drifting_rate(warehouse: duckdb.DuckDBPyConnection) -> None:
    """scipy finds no likelier rate, for no half-life, on the orders that came after the origin."""
    from scipy.optimize import minimize
    from scipy.stats import nbinom

    for period, origin in (("history", "calibration"), ("calibration", "inner")):
        until, days = warehouse.execute(
            "select observed_until, target_days from intermediate.int_rate_origins where origin = ?",
            [origin],
        ).fetchone()
        later = dict(
            warehouse.execute(
                "select customer_id, count(*) from intermediate.int_order_days"
                " where ordered_on > ? and ordered_on <= ? + cast(? as int) group by customer_id",
                [until, until, days],
            ).fetchall()
        )
        *ours, log_likelihood = fitted(warehouse, period, "drifting_rate")
        likeliest = -np.inf
        for half_life in (4, 8, 13, 26, 52, 520):
            people, orders, weeks = evidence(warehouse, origin, half_life)
            came = np.array([later.get(customer, 0) for customer in people])

            def mean_loss(theta: np.ndarray, c: Any = orders, w: Any = weeks, n: Any = came) -> float:
                r, alpha = np.exp(theta)
                return -nbinom.logpmf(n, r + c, (alpha + w) / (alpha + w + days / 7)).mean()

            top = minimize(mean_loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-12})
            likeliest = max(likeliest, -top.fun * len(people))
            if half_life == ours[2]:
                assert ours[:2] == pytest.approx(np.exp(top.x), rel=1e-3), period
        assert log_likelihood == pytest.approx(likeliest, abs=1e-4), period


def check_one_time_buyers(warehouse: duckdb.DuckDBPyConnection) -> int:
    """Nobody who bought once is expected to buy more than a repeater of the same age, unless the
    repeater has been silent for long: more than twice their usual gap. Returns the pairs of groups."""
    ((compared, unexplained),) = warehouse.execute(
        """
        with people as (
            select age_weeks, repeat_orders, recency_weeks, expected_orders_365d, fit_segment
            from marts.customer_clv
        ),
        once as (
            select age_weeks, fit_segment, max(expected_orders_365d) as expected
            from people where repeat_orders = 0 group by all
        )
        select
            count(*),
            count(*) filter (
                where once.expected > people.expected_orders_365d
                and people.age_weeks - people.recency_weeks
                    <= 2 * people.recency_weeks / people.repeat_orders
            )
        from people inner join once using (age_weeks, fit_segment)
        where people.repeat_orders > 0
        """
    ).fetchall()
    assert unexplained == 0
    return compared
