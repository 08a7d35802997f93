"""The statistics macros against numpy and scipy, at their boundaries, on the engine at hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from engines import ENGINE, SmallProject, connect_duckdb, fetch_spark
from scipy import special, stats


@dataclass(frozen=True)
class Case:
    """A macro call over named columns, the rows to try it on, and what another library says."""

    name: str
    call: str
    columns: Sequence[str]
    rows: Sequence[Sequence[float]]
    oracle: Callable[..., float]
    relative: float
    absolute: float = 0.0


# relative tolerances are a few hundred rounding errors of 2e-16, unless said
CASES = [
    Case(
        "gauss_2f1",
        "gauss_2f1('a', 'b', 'c', 'z')",
        ["a", "b", "c", "z"],
        [
            # the arguments after Euler's transformation: CDNOW, a below and above 1, long horizons
            [2.976, -0.207, 2.219, 0.473],
            [2.976, -0.207, 31.2, 0.5],
            [1.5, 0.5, 2.5, 0.0],
            [1.5, 0.5, 2.5, 1e-9],
            [0.3, 4.0, 9.7, 0.9],
            [0.3, 0.2, 5.0, 0.99],
            [-0.4, 0.7, 100.0, 0.95],
            [5.0, 0.000001, 6.0, 0.7],
        ],
        special.hyp2f1,
        1e-12,
    ),
    Case(
        "log_beta",
        "log_beta('a', 'b')",
        ["a", "b"],
        [[1.0, 1.0], [0.5, 0.5], [1e-3, 2.0], [1e3, 2e3], [7.0, 0.01]],
        special.betaln,
        1e-11,
        1e-13,
    ),
    Case(
        "incomplete_beta",
        "incomplete_beta('x', 'a', 'b')",
        ["x", "a", "b"],
        [
            [0.0, 1.0, 2.0],
            [1.0, 1.0, 2.0],
            [0.5, 1.0, 1.0],
            [0.3, 0.5, 0.5],
            [0.999, 500.0, 2.0],
            [0.5, 5000.0, 5000.0],
            [0.51, 5000.0, 5000.0],
            [0.01, 3.0, 800.0],
            [1e-6, 0.7, 9.0],
        ],
        lambda x, a, b: special.betainc(a, b, x),
        # the logarithms of gamma functions of thousands lose four digits
        1e-9,
    ),
    Case(
        "f_distribution_tail",
        "f_distribution_tail('value', 'df1', 'df2')",
        ["value", "df1", "df2"],
        [[0.0, 3.0, 20.0], [1.0, 1.0, 1.0], [3.1, 4.0, 995.0], [25.0, 5.0, 9994.0], [0.2, 7.0, 50.0]],
        stats.f.sf,
        1e-9,
    ),
    Case(
        "normal_quantile",
        "normal_quantile('p')",
        ["p"],
        [[1e-9], [0.001], [0.02425], [0.3], [0.75], [0.95], [0.99], [1 - 1e-6]],
        stats.norm.ppf,
        2e-9,
    ),
    Case(
        "digamma",
        "digamma('x')",
        ["x"],
        [[1e-6], [0.3], [1.0], [2.5], [40.0], [1e6]],
        special.digamma,
        1e-13,
    ),
    Case(
        "trigamma",
        "trigamma('x')",
        ["x"],
        [[1e-6], [0.3], [1.0], [2.5], [40.0], [1e6]],
        lambda x: special.polygamma(1, x),
        1e-12,
    ),
    Case(
        "log_one_plus_exp",
        "log_one_plus_exp('x')",
        ["x"],
        [[-800.0], [-1.0], [0.0], [1.0], [800.0]],
        lambda x: np.logaddexp(0.0, x),
        1e-14,
        1e-300,
    ),
]

MATRICES = {
    "one": [[4.0]],
    "definite": [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]],
    "badly_scaled": [[1e12, 2e5], [2e5, 1.0]],
    "hilbert": [[1 / (i + j + 1) for j in range(4)] for i in range(4)],
    "dominant": [[3.0, -1.0, -1.0], [0.0, 2.0, -1.5], [-0.5, 0.0, 1.0]],
}
DEPENDENT = [[2.0, 2.0, 1.0], [2.0, 2.0, 1.0], [1.0, 1.0, 3.0]]
ZERO_COLUMN = [[0.0, 0.0], [0.0, 5.0]]


def array_text(values: Sequence[float] | Sequence[Sequence[float]]) -> str:
    """A list, or a list of lists, as a SQL array of doubles."""
    parts = [
        array_text(value) if isinstance(value, list) else f"cast({value!r} as double)"
        for value in values
    ]
    return f"array({', '.join(parts)})" if ENGINE == "spark" else f"[{', '.join(parts)}]"


@pytest.fixture(scope="module")
def render(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of every macro call, by name."""
    project = SmallProject(
        tmp_path_factory.mktemp("statistics"), ["cross_db", "statistics"], "statistics"
    )
    calls = {case.name: case.call for case in CASES}
    calls["solve"] = "solve_linear('matrix', 'vector')"
    calls["invert"] = "inverse_matrix('matrix')"
    for name, call in calls.items():
        project.write(f"analyses/{name}.sql", "{{ " + call + " }}")
    result = project.dbt("compile", "--no-populate-cache", "--no-introspect")
    assert result.returncode == 0, result.stdout
    folder: Path = project.folder / "target/compiled/small/analyses"
    return {name: (folder / f"{name}.sql").read_text("utf-8").strip() for name in calls}


def fetch(sql: str) -> list[tuple]:
    """The rows of a query on the engine at hand."""
    return fetch_spark(sql) if ENGINE == "spark" else connect_duckdb().execute(sql).fetchall()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_function_agrees_with_scipy(case: Case, render: dict[str, str]) -> None:
    rows = " union all ".join(
        "select "
        + ", ".join(
            [f"{number} as row_number"]
            + [
                f"cast('{value!r}' as double) as {name}"
                for name, value in zip(case.columns, row, strict=True)
            ]
        )
        for number, row in enumerate(case.rows)
    )
    sql = f"select {render[case.name]} as result from ({rows}) as inputs order by row_number"
    for row, (value,) in zip(case.rows, fetch(sql), strict=True):
        expected = float(case.oracle(*row))
        assert value == pytest.approx(expected, rel=case.relative, abs=case.absolute), row


@pytest.mark.parametrize("name", MATRICES)
def test_linear_system_agrees_with_numpy(name: str, render: dict[str, str]) -> None:
    matrix = MATRICES[name]
    vector = [float(number + 1) for number in range(len(matrix))]
    source = f"(select {array_text(matrix)} as matrix, {array_text(vector)} as vector) as systems"
    ((solution,),) = fetch(f"select {render['solve']} from {source}")
    ((inverse,),) = fetch(f"select {render['invert']} from {source}")
    # what a solution is off by grows with the condition of the matrix, for numpy as well
    tolerance = 1e-14 * np.linalg.cond(np.array(matrix))
    if ENGINE == "spark":
        solution, inverse = json.loads(solution), json.loads(inverse)
    np.testing.assert_allclose(solution, np.linalg.solve(matrix, vector), rtol=tolerance)
    np.testing.assert_allclose(
        inverse, np.linalg.inv(matrix), rtol=tolerance, atol=tolerance * np.max(np.abs(inverse))
    )


def test_dependent_columns_get_coefficient_zero(render: dict[str, str]) -> None:
    source = f"(select {array_text(DEPENDENT)} as matrix, {array_text([4.0, 4.0, 5.0])} as vector) as systems"
    ((solution,),) = fetch(f"select {render['solve']} from {source}")
    solution = json.loads(solution) if ENGINE == "spark" else solution
    assert solution[1] == 0.0
    np.testing.assert_allclose(np.array(DEPENDENT) @ solution, [4.0, 4.0, 5.0], rtol=1e-12)


def test_column_of_zeros_is_left_out_not_divided_by(render: dict[str, str]) -> None:
    source = f"(select {array_text(ZERO_COLUMN)} as matrix, {array_text([1.0, 10.0])} as vector) as systems"
    ((solution,),) = fetch(f"select {render['solve']} from {source}")
    ((inverse,),) = fetch(f"select {render['invert']} from {source}")
    if ENGINE == "spark":
        solution, inverse = json.loads(solution), json.loads(inverse)
    assert list(solution) == [0.0, 2.0]
    assert [list(row) for row in inverse] == [[0.0, 0.0], [0.0, 0.2]]
    assert all(math.isfinite(value) for row in inverse for value in row)
