"""Intervals, tests and Shapley shares: the macros against statsmodels and plain numpy.

One small dbt project builds every formula on tables of cases; then the driver models of the built
sample are compared with the same sums done by hand, and with what the simulator planted.
"""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from engines import ROOT, SmallProject
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse" / "customer360.duckdb"))
RATES = [(0, 1), (1, 1), (0, 5), (3, 5), (5, 5), (17, 40), (999_999, 1_000_000), (1, 1_000_000)]
P_VALUES = [0.001, 0.04, 0.04, 0.03, 0.5, 1.0, 0.012, 0.9, 0.0, 0.04]
DRIVERS = 12


def shapley_by_hand(covariance: np.ndarray) -> tuple[np.ndarray, float]:
    """LMG shares from R² of every subset, each by least squares on the covariance matrix."""
    count = len(covariance) - 1
    spread = np.sqrt(np.diag(covariance))
    spread[spread < 1e-12] = 1.0  # a constant keeps its row of zeros
    covariance = covariance / np.outer(spread, spread)
    explained = np.zeros(2**count)
    for members in range(1, 2**count):
        chosen = [j for j in range(count) if members >> j & 1]
        among, target = covariance[np.ix_(chosen, chosen)], covariance[chosen, count]
        explained[members] = target @ np.linalg.lstsq(among, target, rcond=None)[0]
    explained /= covariance[count, count]
    shares = np.zeros(count)
    for members in range(2**count):
        size = members.bit_count()
        for j in range(count):
            if not members >> j & 1:
                weight = math.factorial(size) * math.factorial(count - 1 - size) / math.factorial(count)
                shares[j] += weight * (explained[members | 1 << j] - explained[members])
    return shares, float(explained[-1])


def matrices() -> dict[str, np.ndarray]:
    """Covariance matrices: ordinary, on unlike scales, with a copy and a constant among the drivers."""
    random = np.random.default_rng(11)
    table = random.normal(size=(400, DRIVERS))
    table[:, 1] += table[:, 0]
    table[:, 5] -= 0.5 * table[:, 3]
    score = table @ random.normal(size=DRIVERS) + 3 * random.normal(size=400)
    ordinary = np.cov(np.column_stack([table, score]).T)
    scales = np.diag(np.append(10.0 ** random.integers(-3, 4, DRIVERS), 1.0))
    table[:, 7] = 2 * table[:, 2]
    table[:, 9] = 4.0
    degenerate = np.cov(np.column_stack([table, score]).T)
    return {"ordinary": ordinary, "scales": scales @ ordinary @ scales, "degenerate": degenerate}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """All formulas on all cases, built once."""
    folder = tmp_path_factory.mktemp("survey_statistics")
    project = SmallProject(folder, ["cross_db", "statistics"], "survey_statistics")
    rates = ", ".join(f"({x}, {n})" for x, n in RATES)
    project.write(
        "models/rates.sql",
        "select x, n, {{ wilson_low('x', 'n') }} as low, {{ wilson_high('x', 'n') }} as high,"
        " {{ wilson_low('x', '0') }} as of_nobody, {{ net_share_variance('x', 'n - x', 'n') }} as net_variance"
        f" from (values {rates}) as cases (x, n)",
    )
    project.write(
        "models/pairs.sql",
        "with cases as (select one.x as x1, one.n as n1, two.x as x2, two.n as n2,"
        " {{ proportions_z('one.x', 'one.n', 'two.x', 'two.n') }} as z"
        " from {{ ref('rates') }} as one cross join {{ ref('rates') }} as two)"
        " select *, {{ two_sided_p('z') }} as p_value from cases",
    )
    values = ", ".join(f"({i}, {p}e0)" for i, p in enumerate(P_VALUES)) + ", (98, null), (99, null)"
    project.write(
        "models/tests.sql",
        "with cases as (select k, p_value, mod(k, 2) as family from"
        f" (values {values}) as cases (k, p_value)),"
        " one_family as ({{ benjamini_hochberg('cases') }}),"
        " two_families as ({{ benjamini_hochberg('cases', 'p_value', ['family']) }})"
        " select one_family.k, one_family.q_value, two_families.q_value as q_in_family"
        " from one_family inner join two_families using (k)",
    )
    rows = [
        f"select '{name}' as name, "
        + ", ".join(
            f"cast({float(matrix[i, j])!r} as double) as cov_{i + 1}_{j + 1}"
            for i in range(DRIVERS + 1)
            for j in range(i, DRIVERS + 1)
        )
        for name, matrix in matrices().items()
    ]
    project.write("models/matrices.sql", " union all ".join(rows))
    shares = "{{ shapley_ctes('given', ['name'], 12) }}"
    project.write(
        "models/shares.sql",
        f"with given as (select * from {{{{ ref('matrices') }}}}), {shares}"
        " final as (select * from shapley_shares) select * from final",
    )
    result = project.dbt("build")
    assert result.returncode == 0, result.stdout
    return project


def test_wilson_equals_statsmodels(project: SmallProject) -> None:
    rows = project.fetch("select x, n, low, high, of_nobody from survey_statistics.rates")
    assert len(rows) == len(RATES)
    for hits, trials, low, high, of_nobody in rows:
        assert (low, high) == pytest.approx(proportion_confint(hits, trials, method="wilson"), abs=1e-12)
        assert of_nobody is None


def test_net_score_margin_is_the_textbook_formula(project: SmallProject) -> None:
    for hits, trials, variance in project.fetch("select x, n, net_variance from survey_statistics.rates"):
        scores = np.repeat([1.0, -1.0], [hits, trials - hits])
        assert variance == pytest.approx(scores.var() / trials, abs=1e-15)


def test_difference_of_rates_equals_statsmodels(project: SmallProject) -> None:
    rows = project.fetch("select x1, n1, x2, n2, z, p_value from survey_statistics.pairs")
    assert len(rows) == len(RATES) ** 2
    for x1, n1, x2, n2, z, p_value in rows:
        if x1 + x2 in (0, n1 + n2):
            assert z is None and p_value is None  # nothing to compare: all alike
            continue
        expected_z, expected_p = proportions_ztest([x1, x2], [n1, n2])
        assert z == pytest.approx(expected_z, rel=1e-9, abs=1e-9)
        assert p_value == pytest.approx(expected_p, abs=1e-12)


def test_benjamini_hochberg_equals_statsmodels(project: SmallProject) -> None:
    rows = project.fetch("select k, q_value, q_in_family from survey_statistics.tests order by k")
    assert [q for k, q, _ in rows if k >= 98] == [None, None]
    expected = multipletests(P_VALUES, method="fdr_bh")[1]
    assert [q for k, q, _ in rows if k < 98] == pytest.approx(list(expected), abs=1e-14)
    for family in (0, 1):
        expected = multipletests(P_VALUES[family::2], method="fdr_bh")[1]
        mine = [q for k, _, q in rows if k < 98 and k % 2 == family]
        assert mine == pytest.approx(list(expected), abs=1e-14)


@pytest.mark.parametrize("name", ["ordinary", "scales", "degenerate"])
def test_shapley_equals_all_subsets_by_hand(project: SmallProject, name: str) -> None:
    columns = ", ".join(f"share_{k}" for k in range(1, DRIVERS + 1))
    sql = f"select r_squared, {columns} from survey_statistics.shares where name = '{name}'"
    r_squared, *shares = project.fetch(sql)[0]
    expected, expected_r_squared = shapley_by_hand(matrices()[name])
    # sums over 4,096 subsets in doubles; the copy and the unlike scales cost some digits
    assert shares == pytest.approx(list(expected), abs=1e-9)
    assert r_squared == pytest.approx(expected_r_squared, abs=1e-9)
    assert sum(shares) == pytest.approx(r_squared, abs=1e-12)


@pytest.fixture(scope="module")
def warehouse() -> Any:
    """The built sample warehouse, read only."""
    with duckdb.connect(str(WAREHOUSE), read_only=True) as connection:
        yield connection


def test_published_drivers_equal_numpy(warehouse: Any) -> None:
    """Every published scope from the answers themselves: weights, correlations, explained variance."""
    scopes = warehouse.execute(
        "select distinct metric, dimension, dimension_value from marts.satisfaction_drivers"
    ).fetchall()
    assert {metric for metric, dimension, _ in scopes if dimension == "all"} == {"nps", "csat", "ces", "review"}
    for metric, dimension, value in scopes:
        where = f"metric = '{metric}'" + (f" and segment = '{value}'" if dimension == "segment" else "")
        columns = ", ".join(f"c{k}" for k in range(1, DRIVERS + 1))
        table = warehouse.execute(f"select {columns}, cy from intermediate.int_driver_answers where {where}").fetchnumpy()
        covariance = np.cov(np.column_stack(list(table.values())).T)
        shares, r_squared = shapley_by_hand(covariance)
        published = warehouse.execute(
            "select slots.slot, drivers.r_squared_share, drivers.correlation, drivers.r_squared"
            " from marts.satisfaction_drivers as drivers"
            " inner join intermediate.int_driver_slots as slots using (metric, driver)"
            f" where metric = '{metric}' and dimension_value = ?",
            [value],
        ).fetchall()
        for slot, share, correlation, whole in published:
            spread = math.sqrt(covariance[slot - 1, slot - 1] * covariance[-1, -1])
            assert share == pytest.approx(shares[slot - 1], abs=1e-7)  # stored with nine decimals
            assert whole == pytest.approx(r_squared, abs=1e-7)
            if spread < 1e-12:
                assert correlation is None  # a driver that never varies, such as an unused slot
            else:
                assert correlation == pytest.approx(covariance[slot - 1, -1] / spread, abs=1e-7)


def test_bootstrap_interval_is_as_wide_as_a_plain_one(warehouse: Any) -> None:
    """Resampling 256 parts of the people stands in for resampling people: the interval of the
    strongest correlation is as wide as that of 1,000 ordinary samples, within a third (100
    samples know a 95 % width to about 15 %)."""
    slot, low, high = warehouse.execute(
        "select slots.slot, correlation_low, correlation_high from marts.satisfaction_drivers as drivers"
        " inner join intermediate.int_driver_slots as slots using (metric, driver)"
        " where metric = 'nps' and dimension = 'all' and importance_rank = 1"
    ).fetchone()
    rows = warehouse.execute(
        f"select coalesce(answers.customer_id, answer_id) as person, drivers.c{slot} as x, drivers.cy as y"
        " from intermediate.int_driver_answers as drivers"
        " inner join intermediate.int_feedback_answers as answers using (answer_id)"
        " where drivers.metric = 'nps' order by answer_id"
    ).fetchnumpy()
    _, person = np.unique(np.asarray(rows["person"], dtype=str), return_inverse=True)
    random = np.random.default_rng(5)
    found = []
    for _ in range(1000):
        drawn = np.bincount(random.integers(0, person.max() + 1, person.max() + 1), minlength=person.max() + 1)
        weight = drawn[person]
        found.append(np.cov(rows["x"], rows["y"], fweights=weight))
    correlations = [part[0, 1] / math.sqrt(part[0, 0] * part[1, 1]) for part in found]
    expected_low, expected_high = np.quantile(correlations, [0.025, 0.975])
    assert (high - low) / (expected_high - expected_low) == pytest.approx(1, abs=1 / 3)
    assert (high + low) / 2 == pytest.approx((expected_low + expected_high) / 2, abs=(expected_high - expected_low) / 4)


def test_planted_drivers_lead(warehouse: Any) -> None:
    """The sample's planted causes come out on top, in the right direction; decoys stay small."""
    with (ROOT / "tests/data/sample_truth/driver_weights.csv").open(encoding="utf-8") as file:
        weights = {(row["metric"], row["driver"]): float(row["weight"]) for row in csv.DictReader(file)}
    leaders = {"nps": "delivery_delay", "review": "delivery_delay", "csat": "resolution_time", "ces": "resolution_time"}
    for metric, leader in leaders.items():
        found = {
            driver: (weight, direction)
            for driver, weight, direction in warehouse.execute(
                "select driver, relative_weight, direction from marts.satisfaction_drivers"
                " where metric = ? and dimension = 'all'",
                [metric],
            ).fetchall()
        }
        assert weights[metric, leader] == max(w for (name, _), w in weights.items() if name == metric) or metric == "ces"
        assert max(found, key=lambda driver: found[driver][0]) == leader
        assert found[leader][1] == "lowers"
        decoys = [driver for (name, driver), weight in weights.items() if name == metric and weight == 0]
        assert decoys and all(found[driver][0] < found[leader][0] / 5 for driver in decoys)
    reopened = dict(
        warehouse.execute(
            "select metric, direction from marts.satisfaction_drivers where driver = 'reopened' and dimension = 'all'"
        ).fetchall()
    )
    assert reopened == {"csat": "lowers", "ces": "lowers"}
