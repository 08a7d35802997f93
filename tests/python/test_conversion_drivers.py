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


def test_within_people_equals_numpy(connection: duckdb.DuckDBPyConnection) -> None:
    """Every visit less its person's means, ordinary least squares with the ridge, a person's visits as one cluster."""
    joined = " and ".join(f"v.{factor} = c.{factor}" for factor in ("goal", *factors(connection)))
    compared = 0
    for goal in goals(connection):
        visits = connection.execute(
            "select v.person_number, c.features, v.is_converted from intermediate.int_driver_sample v"
            f" join intermediate.int_driver_cells c on {joined} where c.goal = ?",
            [goal],
        ).fetchall()
        used = connection.execute(
            "select feature_no from intermediate.int_driver_levels where goal = ? and feature_no is not null"
            " and factor not in ('visits_before', 'orders_before') order by 1",
            [goal],
        ).fetchall()
        columns = {feature: place for place, (feature,) in enumerate(used)}
        design, outcome = np.zeros((len(visits), len(columns))), np.array([row[2] for row in visits], float)
        for place, (_, features, _) in enumerate(visits):
            design[place, [columns[feature] for feature in features if feature in columns]] = 1
        numbers, person = np.unique([row[0] for row in visits], return_inverse=True)
        counts = np.bincount(person)
        for values in (outcome, *design.T):
            values -= (np.bincount(person, weights=values) / counts)[person]
        spread = (design**2).sum(axis=0)
        inverse = np.linalg.inv(design.T @ design + RIDGE * np.eye(len(columns)))
        beta = inverse @ design.T @ outcome
        scores = np.zeros((len(numbers), len(columns)))
        np.add.at(scores, person, design * (outcome - design @ beta)[:, None])
        people = (counts > 1).sum()
        errors = np.sqrt(np.diag(inverse @ scores.T @ scores @ inverse) * people / max(people - 1, 1))
        found = connection.execute(
            "select feature_no, difference, standard_error from intermediate.int_driver_within where goal = ? order by 1", [goal]
        ).fetchall()
        assert {row[0] for row in found} == {feature for feature, place in columns.items() if spread[place] >= 1 - 1e-9}
        places = [columns[row[0]] for row in found]
        assert [row[1] for row in found] == pytest.approx(list(beta[places]), rel=1e-6, abs=1e-8)
        assert [row[2] for row in found] == pytest.approx(list(errors[places]), rel=1e-6, abs=1e-8)
        compared += len(found)
    assert compared


def test_the_published_interval_is_that_of_the_fit(connection: duckdb.DuckDBPyConnection) -> None:
    """The mart's difference within people and both its ends, from difference and standard error of the fit."""
    rows = connection.execute("""
        select m.within_difference, m.within_low, m.within_high, w.difference, w.standard_error
        from marts.conversion_drivers m
        join intermediate.int_driver_levels l on l.goal = m.goal and l.factor = m.factor and l.level = m.level
        join intermediate.int_driver_within w on w.goal = l.goal and w.feature_no = l.feature_no
    """).fetchall()
    assert rows
    for published, low, high, difference, error in rows:
        ends = (difference, difference - 1.959963984540054 * error, difference + 1.959963984540054 * error)
        assert (published, low, high) == pytest.approx(ends, rel=1e-5)


def test_a_cause_needs_both_comparisons(connection: duckdb.DuckDBPyConnection) -> None:
    """Every reading from its numbers, and the E-value from its formula."""
    rows = connection.execute("""
        select factor, level, direction, reading, reason, adjusted_odds_ratio, within_difference, within_low, within_high, is_small_sample,
            e_value, greatest(rate, (select any_value(r.rate) from marts.conversion_drivers r
                where r.goal = m.goal and r.factor = m.factor and r.is_reference))
        from marts.conversion_drivers m where not is_reference
    """).fetchall()
    given = {"page_load", "page_error", "checkout_error", "promotion", "variant"}
    readings = set()
    outside = 0
    for factor, level, direction, reading, reason, odds, difference, low, high, is_small, e_value, rate in rows:
        is_clear = difference is not None and (low > 0 or high < 0) and (difference > 0) == (odds > 1)
        # visits outside an experiment are no variant of it
        is_outside = factor in given and level in ("(none)", "(unknown)")
        assert ("says nothing of these visits" in reason) == (is_outside and direction != "none")
        outside += is_outside and direction != "none"
        is_cause = factor in given and not is_outside and is_clear and not is_small
        assert reading == ("none" if direction == "none" else "cause" if is_cause else "goes_with")
        risk = max(odds, 1 / odds) ** (0.5 if rate > 0.15 else 1)
        assert e_value == pytest.approx(risk + (risk * (risk - 1)) ** 0.5, rel=1e-5)
        readings.add(reading)
    assert {"cause", "goes_with", "none"} <= readings
    assert outside


def test_load_time_is_that_of_the_first_page(connection: duckdb.DuckDBPyConnection) -> None:
    """Of the pages of a visit that carry a time, the first: how long the visit became does not move it."""
    query = """
        select count(*), count(case when sessions.page_load_ms_first != pages.times[1] then 1 end), count(case when pages.times[1] != sessions.page_load_ms_mean then 1 end)
        from intermediate.int_web_sessions as sessions
        inner join (
            select session_id, list(page_load_ms order by occurred_at, event_id) as times from intermediate.int_web_events_sessioned
            where page_load_ms is not null group by session_id
        ) as pages using (session_id)
    """
    compared, different, not_mean = connection.execute(query).fetchall()[0]
    assert compared > 100 and different == 0 and not_mean > 50
