"""The materialization `iterate` does what its header promises, on the engine at hand.

One small project lives through the days of a warehouse: an empty build, a build without data, a
good one, one in which everything fails, and another good one. Each test looks at one promise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from engines import SmallProject

EDGES = """
select * from (values (1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3), (7, 8), (8, 7))
as edges (node_a, node_b)
{{ 'where 1 = 0' if var('no_data', false) }}
"""

LABELS_INITIAL = """
{{ config(materialized='view') }}
select node_a as node, min(node_a) as label from {{ ref('edges') }} group by node_a
"""

LABELS = """
{{ config(
    materialized='iterate',
    init_model='labels_initial',
    metric_sql='select sum(case when n.label != p.label then 1 else 0 end)
        from {next} as n inner join {prev} as p on n.node = p.node',
    max_iterations=20,
    on_max='error'
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

select previous.node, least(previous.label, neighbours.label) as label
from previous
inner join neighbours on previous.node = neighbours.node
"""

# in the third step node 4 still carries label 2
FAILS_IN_THE_THIRD_STEP = LABELS.replace(
    "neighbours.label) as label",
    """neighbours.label)
    + cast(case when {{ var('fail', false) }} and previous.node = 4 and previous.label = 2
        then 'x' else '0' end as int) as label""",
)

READS_A_SIMILAR_NAME = LABELS.replace(
    "neighbours.label) as label",
    "neighbours.label)"
    " + (select coalesce(max(shift), 0) from {{ ref('labels_initial_shift') }}) as label",
)

SUMMARY = """
-- depends_on: {{ ref('labels') }}
select
    (select count(distinct label) from {{ ref('labels') }}) as components,
    (select max(iteration) from {{ iteration_history('labels') }}) as iterations
"""

MEAN_INITIAL = "select cast(max(node_a) as double) as centre from {{ ref('edges') }}"

# a mean by gradient descent: one row of doubles, null without data
MEAN = """
{{ config(
    materialized='iterate',
    init_model='mean_initial',
    tolerance=1e-9,
    metric_sql='select max(abs(n.centre - p.centre)) from {next} as n cross join {prev} as p'
) }}
with previous as (
    select * from {{ ref('mean_initial') }}
),

target as (
    select avg(cast(node_a as double)) as mean from {{ ref('edges') }}
)

select previous.centre - 0.9e0 * (previous.centre - target.mean) as centre
from previous
cross join target
"""

DIVERGES = MEAN.replace(
    "previous.centre - 0.9e0 * (previous.centre - target.mean)",
    "case when {{ not var('fail', false) }} then target.mean"
    " when previous.centre < 50 then 3 * previous.centre end",
)

GROWING_INITIAL = "select 0 as iteration, max(node_b) as amount from {{ ref('edges') }}"

# doubles until it is large; keeps every step
GROWING = """
{{ config(
    materialized='iterate',
    init_model='growing_initial',
    accumulates=true,
    max_iterations=9,
    on_max='error'
) }}
with previous as (
    select * from {{ ref('growing_initial') }}
),

newest as (
    select *, row_number() over (order by iteration desc) as recency_rank from previous
)

select iteration + 1 as iteration, amount * 2 as amount
from newest
where recency_rank = 1 and amount < 100
"""

CONTRACT = """
sources:
  - name: own
    schema: iterate
    tables: [{name: edges}]
models:
  - name: labels
    description: One row per node with the smallest label it can reach.
    config: {contract: {enforced: true}}
    columns:
      - name: node
        data_type: int
      - name: label
        data_type: int
        constraints: [{type: not_null, warn_unsupported: false}]
  - name: broken_contract
    config: {contract: {enforced: true}}
    columns:
      - name: node
        data_type: "{{ 'string' if var('fail', false) else 'int' }}"
      - name: label
        data_type: int
unit_tests:
  - name: labels__one_step_reaches_only_neighbours
    model: labels
    given:
      - input: ref('edges')
        rows: [{node_a: 1, node_b: 2}, {node_a: 2, node_b: 1}, {node_a: 2, node_b: 3},
               {node_a: 3, node_b: 2}]
      - input: ref('labels_initial')
        rows: [{node: 1, label: 1}, {node: 2, label: 2}, {node: 3, label: 3}]
    expect:
      rows: [{node: 1, label: 1}, {node: 2, label: 1}, {node: 3, label: 2}]
"""

# models that are fine until the var `fail` is set
FRAGILE = {
    "at_max": LABELS.replace("max_iterations=20", "max_iterations=2 if var('fail', false) else 20"),
    "failed_step": FAILS_IN_THE_THIRD_STEP,
    "diverging": DIVERGES,
    "broken_contract": LABELS,
    "growing_at_max": GROWING.replace("=9", "=2 if var('fail', false) else 9"),
    "wrong_on_max": LABELS.replace("'error'", "'never' if var('fail', false) else 'error'"),
    "init_not_read": LABELS.replace(
        "init_model='labels_initial'",
        "init_model='labels_at_start' if var('fail', false) else 'labels_initial'",
    ),
    "init_ephemeral": LABELS.replace("labels_initial", "labels_initial_ephemeral"),
}

STEADY = {
    "edges": EDGES,
    "labels_initial": LABELS_INITIAL,
    "labels_initial_ephemeral": LABELS_INITIAL.replace(
        "'view'", "'ephemeral' if var('fail', false) else 'view'"
    ),
    "labels_initial_shift": "select 0 as shift",
    "mean_initial": MEAN_INITIAL,
    "labels": LABELS,
    "one_step_warn": LABELS.replace("20", "1").replace("'error'", "'warn'"),
    "one_step_ignore": LABELS.replace("20", "1").replace("'error'", "'ignore'"),
    "similar_name": READS_A_SIMILAR_NAME,
    "kept": LABELS.replace("on_max='error'", "on_max='error', reuse=true"),
    "kept_otherwise": LABELS.replace("20", "30 if var('fail', false) else 20").replace("on_max='error'", "on_max='error', reuse=true"),
    "kept_of_source": LABELS.replace("on_max='error'", "on_max='error', reuse=true").replace("ref('edges')", "source('own', 'edges')"),
    "one_step_kept": LABELS.replace("20", "1").replace("on_max='error'", "on_max='ignore', reuse=true"),
    "mean": MEAN,
    "growing_initial": GROWING_INITIAL,
    "growing": GROWING,
    "growing_warn": GROWING.replace("=9", "=2").replace("'error'", "'warn'"),
    "summary": SUMMARY,
    # a view today, an iterated table tomorrow
    "former_view": "{{ config(materialized='view') }} select * from {{ ref('labels_initial') }}",
}

ACCUMULATING = {"growing", "growing_warn", "growing_at_max"}
ITERATED = {"labels", "kept", "kept_otherwise", "kept_of_source", "one_step_kept", "one_step_warn", "one_step_ignore", "similar_name", "mean", *FRAGILE}
TABLES = {*STEADY, *FRAGILE} | {f"{name}__history" for name in ITERATED - ACCUMULATING}
COMPONENTS = [(1, 1), (2, 1), (3, 1), (4, 1), (7, 7), (8, 7)]
AFTER_ONE_STEP = [(1, 1), (2, 1), (3, 2), (4, 3), (7, 7), (8, 7)]


@dataclass
class Day:
    """What was seen after one command."""

    code: int
    output: str
    messages: dict[str, str]
    tables: set[str]
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    history: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


def live(project: SmallProject, *arguments: str) -> Day:
    """Run one command and record what it left."""
    result = project.dbt("build", *arguments)
    day = Day(result.returncode, result.stdout, project.messages(), project.tables())
    for name in sorted({"former_view", "summary", *ITERATED, *ACCUMULATING} & day.tables):
        day.rows[name] = project.fetch(f"select * from {project.schema}.{name} order by 1")
    for name in sorted(name for name in day.tables if name.endswith("__history")):
        sql = f"select iteration, metric, seconds >= 0 from {project.schema}.{name} order by 1"
        day.history[name.removesuffix("__history")] = project.fetch(sql)
    return day


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A small graph, its components by iteration, a mean, and models that can be made to fail."""
    small = SmallProject(
        tmp_path_factory.mktemp("iterate"), ["cross_db", "materializations"], "iterate"
    )
    for name, sql in {**STEADY, **FRAGILE}.items():
        small.write(f"models/{name}.sql", sql)
    small.write("models/schema.yml", CONTRACT)
    with (small.folder / "dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write('on-run-end: "{{ drop_iteration_leftovers() }}"\n')
    return small


@pytest.fixture(scope="module")
def days(project: SmallProject) -> dict[str, Day]:
    """The life of the project."""
    without_unit_tests = ["--exclude-resource-type", "unit_test"]
    seen = {"empty": live(project, "--empty", *without_unit_tests)}
    seen["no data"] = live(project, "--vars", "no_data: true", *without_unit_tests)
    seen["good"] = live(project)
    seen["bad"] = live(project, "--vars", "fail: true")
    project.write("models/former_view.sql", LABELS)
    seen["good again"] = live(project)
    return seen


@pytest.mark.parametrize("day", ["empty", "no data", "good", "good again"])
def test_the_builds_succeed_and_leave_only_models_and_histories(
    days: dict[str, Day], day: str
) -> None:
    assert days[day].code == 0, days[day].output
    extra = {"former_view__history"} if day == "good again" else set()
    assert days[day].tables == TABLES | extra


def test_reaches_the_fixed_point_with_a_history(days: dict[str, Day]) -> None:
    good = days["good"]
    assert good.rows["labels"] == COMPONENTS
    assert good.history["labels"] == [
        (1, 4.0, True), (2, 2.0, True), (3, 1.0, True), (4, 0.0, True),
    ]
    assert good.rows["summary"] == [(2, 4)]
    assert good.messages["labels__one_step_reaches_only_neighbours"] == "pass"


def test_a_second_build_replaces_tables_and_views(days: dict[str, Day]) -> None:
    assert days["good again"].rows["labels"] == COMPONENTS
    assert days["good"].rows["former_view"] == [(node, node) for node in (1, 2, 3, 4, 7, 8)]
    assert days["good again"].rows["former_view"] == COMPONENTS


def test_a_fit_of_the_same_stands(days: dict[str, Day]) -> None:
    """With `reuse`: made where there were no data before, kept where nothing changed, made again where it did not end or its settings are others."""
    made = {
        (day, model): next(line for line in seen.output.splitlines() if "created" in line and f".{model} ." in line)
        for day, seen in days.items()
        for model in ("kept", "kept_otherwise", "kept_of_source", "one_step_kept", "labels")
    }
    stands = {key for key, line in made.items() if "[REUSED in" in line}
    assert stands - {("bad", "kept"), ("bad", "kept_of_source")} == {("good again", "kept"), ("good again", "kept_of_source")}
    assert days["good again"].rows["kept"] == COMPONENTS
    assert days["good again"].history["kept"] == days["good"].history["labels"]


def test_an_empty_build_takes_one_step(days: dict[str, Day]) -> None:
    assert days["empty"].rows["labels"] == []
    assert days["empty"].history["labels"] == [(1, None, True)]
    assert days["empty"].rows["mean"] in ([], [(None,)])


def test_no_data_is_no_error(days: dict[str, Day]) -> None:
    assert "labels: metric is null, nothing to iterate on" in days["no data"].output
    assert days["no data"].rows["labels"] == []
    assert days["no data"].rows["mean"] == [(None,)]


def test_doubles_stop_at_the_tolerance(days: dict[str, Day]) -> None:
    [(centre,)] = days["good"].rows["mean"]
    assert centre == pytest.approx(30 / 8, abs=1e-8)
    metrics = [metric for _, metric, _ in days["good"].history["mean"]]
    assert metrics[-1] <= 1e-9 < metrics[-2]


def test_on_max_may_keep_the_last_state(days: dict[str, Day]) -> None:
    good = days["good"]
    assert good.rows["one_step_warn"] == good.rows["one_step_ignore"] == AFTER_ONE_STEP
    assert good.history["one_step_ignore"] == [(1, 4.0, True)]
    assert "one_step_warn did not reach" in " ".join(good.output.split())
    assert "one_step_ignore did not reach" not in " ".join(good.output.split())


def test_an_accumulating_model_keeps_every_step(days: dict[str, Day]) -> None:
    steps = [(0, 8), (1, 16), (2, 32), (3, 64), (4, 128)]
    assert days["good"].rows["growing"] == steps
    assert days["good"].rows["growing_warn"] == steps[:3]
    assert "growing_warn did not end in 2 steps" in " ".join(days["good"].output.split())
    assert days["no data"].rows["growing"] == [(0, None)]


def test_a_name_that_begins_like_the_init_model_is_left_alone(days: dict[str, Day]) -> None:
    assert days["good"].rows["similar_name"] == COMPONENTS


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("at_max", "at_max did not reach 0.0 in 2 iterations. Iteration and metric: 1: 4.0, 2: 2.0"),
        ("growing_at_max", "growing_at_max did not end in 2 steps"),
        ("failed_step", "cast|convert"),
        ("diverging", "diverging went astray: its metric is null. Iteration and metric: 1: "),
        ("broken_contract", "enforced contract that failed"),
        ("wrong_on_max", "on_max is error, warn or ignore, not never"),
        ("init_not_read", "does not read its init_model labels_at_start with ref()"),
        ("init_ephemeral", "is ephemeral: make it a view or a table"),
    ],
)
def test_a_failure_says_why_and_keeps_the_old_table(
    days: dict[str, Day], model: str, message: str
) -> None:
    assert days["bad"].code == 1
    said = days["bad"].messages[model].lower()
    assert any(part in said for part in message.lower().split("|")), said
    assert days["bad"].rows[model] == days["good"].rows[model]
    assert len(days["bad"].history.get(model, [])) == len(days["good"].history.get(model, []))


def test_a_failure_leaves_no_working_tables(days: dict[str, Day]) -> None:
    assert days["bad"].tables <= TABLES
    assert set(FRAGILE) <= days["bad"].tables


def test_nothing_else_fails_on_the_bad_day(days: dict[str, Day]) -> None:
    failed = {name for name, message in days["bad"].messages.items()
              if message not in ("success", "pass", "skipped")}
    assert failed == set(FRAGILE)


def test_compile_and_docs_show_one_step(project: SmallProject, days: dict[str, Day]) -> None:
    assert days["good again"].code == 0
    result = project.dbt("docs", "generate", "--select", "labels")
    assert result.returncode == 0, result.stdout
    compiled = (project.folder / "target/compiled/small/models/labels.sql").read_text("utf-8")
    assert "labels_initial" in compiled
