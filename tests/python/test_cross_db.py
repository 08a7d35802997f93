"""Every macro of macros/cross_db gives the documented value at its boundaries, on the engine at hand.

One `dbt compile` renders all calls of cross_db_cases.py; each case then runs on its own.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cross_db_cases import CASES, Case
from engines import ENGINE, ROOT, SmallProject, connect_duckdb, fetch_spark

TYPE_NAMES = {"integer": "int", "varchar": "string"}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of every case, by name."""
    project = SmallProject(tmp_path_factory.mktemp("cross_db"), ["cross_db"], "cross_db")
    calls = "\n".join(f"-- case {case.name}\n{case.call}" for case in CASES)
    project.write("analyses/cases.sql", calls)
    result = project.dbt("compile", "--no-populate-cache", "--no-introspect")
    assert result.returncode == 0, result.stdout
    compiled = (project.folder / "target/compiled/small/analyses/cases.sql").read_text("utf-8")
    return dict(re.findall(r"-- case (\w+)\n(.*?)(?=\n-- case |\Z)", compiled, flags=re.DOTALL))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_macro_gives_the_documented_value(case: Case, rendered: dict[str, str]) -> None:
    sql = rendered[case.name].strip()
    query = sql if re.match(r"(select|with)\b", sql) else f"select {sql}"
    target = "result" if isinstance(case.expected, float) else "cast(result as string)"
    outer = f"select {target}, lower(typeof(result)) from ({query}) as one_case (result)"
    rows = fetch_spark(outer) if ENGINE == "spark" else connect_duckdb().execute(outer).fetchall()
    assert len(rows) == 1
    value, type_name = rows[0]
    if isinstance(case.expected, float):
        assert value == pytest.approx(case.expected, rel=1e-12, abs=1e-14)
    else:
        assert value == case.expected
    if case.type:
        assert TYPE_NAMES.get(type_name, type_name) == case.type


def test_every_macro_has_a_case() -> None:
    """Guards that a new macro comes with its boundary cases."""
    # not expressions; table_columns reads the catalogue, its reader is the count of what is left of erased people (test_identity.py)
    helpers = {"on_spark", "in_this_slice", "plain_text", "regex_literal", "iso_8601_patterns", "table_columns"}
    calls = " ".join(case.call for case in CASES)
    for file in Path(ROOT / "macros/cross_db").glob("*.sql"):
        for name in re.findall(r"macro (\w+)\(", file.read_text("utf-8")):
            assert name in helpers or f"{name}(" in calls, f"{name} in {file.name} has no case"
