"""The materialization `iterate` does what its header promises, on the engine at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import ENGINE, SmallProject

EDGES = """
select * from (values (1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3), (7, 8), (8, 7))
as edges (node_a, node_b)
{{ 'where 1 = 0' if var('no_data', false) }}
"""

INITIAL = """
{{ config(materialized='view') }}
select node_a as node, min(node_a) as label from {{ ref('edges') }} group by node_a
"""

LABELS = """
{{ config(
    materialized='iterate',
    init_model='labels_initial',
    metric_sql='select sum(case when n.label != p.label then 1 else 0 end)
        from {next} as n inner join {prev} as p on n.node = p.node',
    max_iterations=var('max_iterations', 20),
    on_max=var('on_max', 'error')
) }}
with previous as (
    select * from {{ ref('labels_initial') }}
),

neighbours as (
    select edges.node_a as node, min(previous.label) as label
    from {{ ref('edges') }} as edges
    inner join previous on edges.node_b = previous.node
    group by edges.node_a
)

select
    previous.node,
    least(previous.label, neighbours.label) as label
    {% if var('fail_at_label_one', false) %}
    , cast(case when previous.node = 4 and previous.label = 1 then 'x' else '1' end as int) as bad
    {% endif %}
from previous
inner join neighbours on previous.node = neighbours.node
"""

LABELS_WITH_BAD_INITIAL = INITIAL.replace("as label from", "as label, 1 as bad from")

SUMMARY = """
select
    (select count(distinct label) from {{ ref('labels') }}) as components,
    (select max(iteration) from {{ iteration_history('labels') }}) as iterations
"""

# a mean by gradient descent: one row of doubles, null without data
MEAN = """
{{ config(
    materialized='iterate',
    init_model='mean_initial',
    tolerance=1e-9,
    metric_sql='select max(abs(n.centre - p.centre)) from {next} as n cross join {prev} as p',
) }}
select previous.centre - {{ var('rate', 0.5) }} * avg(previous.centre - edges.node_a) as centre
from {{ ref('mean_initial') }} as previous
cross join {{ ref('edges') }} as edges
group by previous.centre
"""

MEAN_ALONE = "select cast(max(node_a) as double) as centre from {{ ref('edges') }}"

CONTRACT = """
models:
  - name: labels
    description: One row per node with the smallest label it can reach.
    config:
      contract:
        enforced: true
    columns:
      - name: node
        data_type: {node_type}
      - name: label
        data_type: int
        constraints:
          - type: not_null
unit_tests:
  - name: labels__one_step_reaches_only_neighbours
    model: labels
    given:
      - input: ref('edges')
        rows:
          - {{node_a: 1, node_b: 2}}
          - {{node_a: 2, node_b: 1}}
          - {{node_a: 2, node_b: 3}}
          - {{node_a: 3, node_b: 2}}
      - input: ref('labels_initial')
        rows:
          - {{node: 1, label: 1}}
          - {{node: 2, label: 2}}
          - {{node: 3, label: 3}}
    expect:
      rows:
        - {{node: 1, label: 1}}
        - {{node: 2, label: 1}}
        - {{node: 3, label: 2}}
"""


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> SmallProject:
    """A small graph, its connected components by iteration, and a summary of both results."""
    schema = f"iterate_{abs(hash(request.node.name)) % 10**8}"
    small = SmallProject(tmp_path, ["cross_db", "materializations"], schema)
    small.write("models/edges.sql", EDGES)
    small.write("models/labels_initial.sql", INITIAL)
    small.write("models/labels.sql", LABELS)
    small.write("models/schema.yml", CONTRACT.format(node_type="int"))
    with (tmp_path / "dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write('on-run-end: "{{ drop_iteration_leftovers() }}"\n')
    return small


def build(project: SmallProject, *arguments: str) -> str:
    """Run `dbt build`, expect success, return what it printed."""
    result = project.dbt("build", *arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout


def build_fails(project: SmallProject, *arguments: str) -> str:
    """Run `dbt build`, expect failure, return what it printed on one line."""
    result = project.dbt("build", *arguments)
    assert result.returncode == 1, result.stdout
    return " ".join(result.stdout.split())


def labels(project: SmallProject) -> list[tuple[int, int]]:
    return project.fetch(f"select node, label from {project.schema}.labels order by node")


COMPONENTS = [(1, 1), (2, 1), (3, 1), (4, 1), (7, 7), (8, 7)]


def test_iterates_to_the_fixed_point_with_history_contract_and_unit_test(
    project: SmallProject,
) -> None:
    project.write("models/summary.sql", "-- depends_on: {{ ref('labels') }}\n" + SUMMARY)
    output = build(project)
    assert "PASS labels__one_step" in output.replace("small::", "") or "PASS=5" in output
    assert labels(project) == COMPONENTS
    history = project.fetch(
        f"select iteration, metric, seconds >= 0 from {project.schema}.labels__history order by 1"
    )
    assert history == [(1, 4.0, True), (2, 2.0, True), (3, 1.0, True), (4, 0.0, True)]
    assert project.fetch(f"select * from {project.schema}.summary") == [(2, 4)]
    assert project.tables() == {
        "edges", "labels_initial", "labels", "labels__history", "summary",
    }


def test_a_second_build_gives_the_same(project: SmallProject) -> None:
    build(project)
    build(project)
    assert labels(project) == COMPONENTS


def test_replaces_a_view_of_the_same_name(project: SmallProject) -> None:
    project.write("models/labels.sql", "select node, label from {{ ref('labels_initial') }}")
    build(project, "--select", "edges", "labels_initial", "labels", "--exclude-resource-type", "unit_test")
    project.write("models/labels.sql", LABELS)
    build(project)
    assert labels(project) == COMPONENTS


def test_stops_at_max_iterations_with_the_history_and_keeps_the_old_table(
    project: SmallProject,
) -> None:
    build(project)
    output = build_fails(project, "--vars", "max_iterations: 2")
    assert "did not reach 0.0 in 2 iterations. Iteration and metric: 1: 4.0, 2: 2.0" in output
    assert labels(project) == COMPONENTS
    assert project.fetch(f"select count(*) from {project.schema}.labels__history") == [(4,)]
    assert project.tables() == {"edges", "labels_initial", "labels", "labels__history"}


@pytest.mark.parametrize(("on_max", "warns"), [("warn", True), ("ignore", False)])
def test_on_max_keeps_the_last_state(project: SmallProject, on_max: str, warns: bool) -> None:
    output = build(project, "--vars", f"{{max_iterations: 1, on_max: {on_max}}}")
    assert ("did not reach" in output) == warns
    assert labels(project) == [(1, 1), (2, 1), (3, 2), (4, 3), (7, 7), (8, 7)]


def test_a_wrong_on_max_is_refused(project: SmallProject) -> None:
    assert "on_max is error, warn or ignore, not never" in build_fails(
        project, "--vars", "on_max: never"
    )


def test_a_failed_step_leaves_the_old_table_and_no_working_tables(project: SmallProject) -> None:
    build(project)
    project.write("models/schema.yml", "")
    project.write("models/labels_initial.sql", LABELS_WITH_BAD_INITIAL)
    output = build_fails(project, "--vars", "fail_at_label_one: true")
    assert "cast" in output.lower() or "convert" in output.lower()
    assert labels(project) == COMPONENTS
    assert project.tables() == {"edges", "labels_initial", "labels", "labels__history"}
    project.write("models/labels_initial.sql", INITIAL)
    build(project)
    assert labels(project) == COMPONENTS


def test_a_broken_contract_fails_before_the_first_step(project: SmallProject) -> None:
    project.write("models/schema.yml", CONTRACT.format(node_type="string"))
    output = build_fails(project, "--exclude-resource-type", "unit_test")
    assert "enforced contract that failed" in output
    assert project.tables() == {"edges", "labels_initial"}


def test_empty_build_finishes(project: SmallProject) -> None:
    build(project, "--empty", "--exclude-resource-type", "unit_test")
    assert labels(project) == []
    assert project.fetch(f"select iteration, metric from {project.schema}.labels__history") == [
        (1, None)
    ]
    build(project)
    assert labels(project) == COMPONENTS


def test_no_data_is_no_error(project: SmallProject) -> None:
    assert "nothing to iterate on" in build(project, "--vars", "no_data: true")
    assert labels(project) == []


def test_doubles_stop_at_the_tolerance(project: SmallProject) -> None:
    project.write("models/mean_initial.sql", MEAN_ALONE)
    project.write("models/mean.sql", MEAN)
    build(project)
    [(centre,)] = project.fetch(f"select centre from {project.schema}.mean")
    assert centre == pytest.approx(30 / 8, abs=1e-8)
    build(project, "--vars", "no_data: true")
    rows = project.fetch(f"select centre from {project.schema}.mean")
    assert rows in ([], [(None,)])


def test_a_diverging_fit_is_an_error(project: SmallProject) -> None:
    project.write("models/mean_initial.sql", MEAN_ALONE)
    project.write("models/mean.sql", MEAN.replace("as centre\nfrom", "* case when previous.centre"
                  " > 50 then cast(null as double) else 4e0 end as centre\nfrom"))
    output = build_fails(project)
    assert "mean went astray: its metric is null. Iteration and metric: 1: " in output


def test_the_step_must_read_its_init_model(project: SmallProject) -> None:
    project.write("models/labels.sql", LABELS.replace("init_model='labels_initial'",
                                                      "init_model='labels_at_start'"))
    assert "does not read its init_model labels_at_start with ref()" in build_fails(project)


def test_an_ephemeral_init_model_is_refused(project: SmallProject) -> None:
    project.write("models/labels_initial.sql", INITIAL.replace("'view'", "'ephemeral'"))
    output = build_fails(project, "--exclude-resource-type", "unit_test")
    assert "init_model labels_initial is ephemeral: make it a view or a table" in output


def test_a_name_that_begins_like_the_init_model_is_left_alone(project: SmallProject) -> None:
    project.write("models/labels_initial_extra.sql", "select 0 as offset_value")
    project.write("models/labels.sql", LABELS.replace(
        "least(previous.label, neighbours.label) as label",
        "least(previous.label, neighbours.label)"
        " + (select max(offset_value) from {{ ref('labels_initial_extra') }}) as label",
    ))
    build(project)
    assert labels(project) == COMPONENTS


def test_compile_and_docs_show_one_step(project: SmallProject) -> None:
    build(project)
    compiled = project.dbt("compile", "--select", "labels")
    assert compiled.returncode == 0
    assert "labels_initial" in compiled.stdout
    if ENGINE == "duckdb":
        assert project.dbt("docs", "generate").returncode == 0
