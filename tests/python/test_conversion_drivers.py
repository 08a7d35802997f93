"""Conversion drivers of the built sample against numpy: the regression, the crude odds, the false-discovery rates."""

from __future__ import annotations

import os

import duckdb
import numpy as np
import pytest

WAREHOUSE = os.environ.get("CUSTOMER360_WAREHOUSE", "warehouse/customer360.duckdb")
RIDGE = 0.01


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """The warehouse that `make test` has built."""
    return duckdb.connect(WAREHOUSE, read_only=True)


def goals(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """All goals with a fit."""
    return [goal for (goal,) in connection.execute("select distinct goal from intermediate.int_driver_fit").fetchall()]


def factors(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """All factors: columns of the models before the fit."""
    return [factor for (factor,) in connection.execute("select factor from reference.driver_factors").fetchall()]


def test_regression_equals_newton_in_numpy(connection: duckdb.DuckDBPyConnection) -> None:
    """Coefficients of the penalised fit and both standard errors; 1e-6 is the tolerance of the iteration."""
    assert goals(connection)
    joined = " and ".join(f"v.{factor} = c.{factor}" for factor in ("goal", *factors(connection)))
    for goal in goals(connection):
        rows = connection.execute(
            "select cell_no, unnest(features), exposed, converted from intermediate.int_driver_cells where goal = ?", [goal]
        ).fetchall()
        numbers = sorted({row[1] for row in rows})
        cells = {cell: place for place, cell in enumerate(sorted({row[0] for row in rows}))}
        design = np.zeros((len(cells), len(numbers)))
        exposed, converted = np.zeros(len(cells)), np.zeros(len(cells))
        for cell, feature, count, wins in rows:
            design[cells[cell], numbers.index(feature)] = 1
            exposed[cells[cell]], converted[cells[cell]] = count, wins
        penalty = np.diag([0 if number == 1 else RIDGE for number in numbers])
        beta = np.zeros(len(numbers))
        for _ in range(200):
            share = 1 / (1 + np.exp(-design @ beta))
            information = design.T @ (design * (exposed * share * (1 - share))[:, None]) + penalty
            move = np.linalg.solve(information, design.T @ (converted - exposed * share) - penalty @ beta)
            beta += np.clip(move, -2, 2)
        bread = np.linalg.inv(information)
        visits = connection.execute(
            "select person_number, cell_no, 1, is_converted from intermediate.int_driver_sample v"
            f" join intermediate.int_driver_cells c on {joined} where c.goal = ?",
            [goal],
        ).fetchall()
        assert sum(row[2] for row in visits) == exposed.sum()
        persons = {person: place for place, person in enumerate(sorted({row[0] for row in visits}))}
        scores = np.zeros((len(persons), len(numbers)))
        for person, cell, count, wins in visits:
            scores[persons[person]] += design[cells[cell]] * (wins - count * share[cells[cell]])
        sandwich = bread @ scores.T @ scores @ bread * len(persons) / (len(persons) - 1)

        found = connection.execute(
            "select feature_no, coefficient, model_error, clustered_error, standard_error"
            " from intermediate.int_driver_fit join intermediate.int_driver_errors using (goal, feature_no)"
            " where goal = ? order by 1",
            [goal],
        ).fetchall()
        assert [row[0] for row in found] == numbers
        model, clustered = np.sqrt(np.diag(bread)), np.sqrt(np.diag(sandwich))
        assert [row[1] for row in found] == pytest.approx(list(beta), rel=1e-6, abs=1e-6)
        assert [row[2] for row in found] == pytest.approx(list(model), rel=1e-5)
        assert [row[3] for row in found] == pytest.approx(list(clustered), rel=1e-5, abs=1e-7)
        assert [row[4] for row in found] == pytest.approx(list(np.maximum(model, clustered)), rel=1e-5)


def test_false_discovery_rates_equal_the_definition(connection: duckdb.DuckDBPyConnection) -> None:
    """Benjamini and Hochberg's step-up over the levels of a goal, written out."""
    for goal in goals(connection):
        rows = connection.execute(
            "select p_value, q_value from marts.conversion_drivers where goal = ? and p_value is not null", [goal]
        ).fetchall()
        p_values = np.array([row[0] for row in rows])
        expected = [
            min(1.0, min(len(rows) * q / (p_values <= q).sum() for q in p_values if q >= p)) for p in p_values
        ]
        assert [row[1] for row in rows] == pytest.approx(expected, rel=1e-9)


def test_crude_odds_equal_the_four_fields(connection: duckdb.DuckDBPyConnection) -> None:
    """Odds ratio and interval from the four counts, half a visit added where one is empty."""
    rows = connection.execute("""
        select m.exposed, m.converted, r.exposed, r.converted, m.odds_ratio, m.ci_low, m.ci_high
        from marts.conversion_drivers m
        join marts.conversion_drivers r on r.goal = m.goal and r.factor = m.factor and r.is_reference
        where not m.is_reference
    """).fetchall()
    assert rows
    for exposed, wins, reference, reference_wins, odds, low, high in rows:
        fields = np.array([wins, exposed - wins, reference_wins, reference - reference_wins], float)
        fields += 0.5 if (fields == 0).any() else 0
        log_odds = np.log(fields[0] / fields[1] / fields[2] * fields[3])
        width = 1.959963984540054 * np.sqrt((1 / fields).sum())
        assert (odds, low, high) == pytest.approx(tuple(np.exp([log_odds, log_odds - width, log_odds + width])), rel=1e-9)
