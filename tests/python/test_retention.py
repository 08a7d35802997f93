"""Retention periods: older rows leave public and intermediate tables, are counted, and totals by month stay."""

from __future__ import annotations

import ast
import json
import re

import pytest
import yaml
from engines import ROOT, SmallProject

DAYS = [f"2025-{month:02}-{day:02}" for month in (4, 5, 6) for day in (1, 11, 21)]
AS_OF = "2025-07-01"
# 45 days before 2025-07-01 is 2025-05-17: four of nine days are older
PERIODS = {"touchpoints": 45, "orders": 45}
TABLES = {
    "touchpoints": "occurred_on", "sessions": "started_on", "funnel_entries": "entered_at", "attributed_orders": "ordered_on",
    "orders": "ordered_on", "order_lines": "ordered_on", "order_returns": "returned_on", "customer_lifecycle": "month",
}  # fmt: skip
MONEY = {"attributed_orders": "attributed_revenue", "orders": "net_revenue", "order_lines": "net_revenue", "order_returns": "refund_amount"}
HOOKS = {"on-run-start": ["{{ check_retention() }}"], "on-run-end": ["{{ apply_retention() }}"]}


def rows(day: str, money: str | None) -> str:
    """A model with a row for each day."""
    amount = f", cast(10.25 as decimal(18, 2)) as {money}" if money else ""
    return " union all ".join(f"select cast('{each}' as {'timestamp' if day.endswith('_at') else 'date'}) as {day}{amount}" for each in DAYS)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """The public tables with a period, two intermediate ones, a total by month, and the mart that counts."""
    small = SmallProject(tmp_path_factory.mktemp("retention"), ["cross_db", "governance", "incremental", "input", "time"], "test_retention")
    written = yaml.safe_load((small.folder / "dbt_project.yml").read_text("utf-8"))
    small.write("dbt_project.yml", yaml.safe_dump({**written, **HOOKS, "vars": {"retention_days": {}}}))
    for table, day in TABLES.items():
        small.write(f"models/marts/{table}.sql", rows(day, MONEY.get(table)))
    small.write("models/marts/build_state.sql", "select 'running' as status")
    small.write("models/intermediate/int_build_date.sql", f"select cast('{AS_OF}' as date) as as_of")
    # kept from build to build by whole days, on Spark by partition
    small.write("models/intermediate/int_touchpoints_recorded.sql", "{{ config(**days_replaced_config('occurred_on')) }} select 1 as number, * from (" + rows("occurred_on", None) + ") as days")
    small.write("models/intermediate/int_orders_identified.sql", rows("ordered_on", None))
    small.write("models/marts/monthly.sql", "select {{ date_trunc_to('month', 'occurred_on') }} as month, count(*) as row_count from {{ ref('touchpoints') }} group by 1")
    small.write("models/marts/removed_rows.sql", (ROOT / "models/marts/governance/removed_rows.sql").read_text("utf-8"))
    return small


def build(project: SmallProject, periods: dict[str, object]) -> str:
    """Build everything; returns what was said."""
    done = project.dbt("run", "--vars", json.dumps({"retention_days": periods}))
    assert done.returncode == 0, done.stdout
    return done.stdout


def counts(project: SmallProject) -> dict[str, int]:
    """Rows of each table."""
    names = [*TABLES, "int_touchpoints_recorded", "int_orders_identified", "removed_rows"]
    return {name: project.fetch(f"select count(*) from {project.schema}.{name}")[0][0] for name in names}


def test_without_a_period_everything_stays(project: SmallProject) -> None:
    """The default: nothing leaves, nothing is counted."""
    build(project, {})
    assert set(counts(project).values()) == {9, 0} and counts(project)["removed_rows"] == 0


def test_older_rows_leave_and_are_counted_in_every_build(project: SmallProject) -> None:
    """A second build makes everything anew and takes the same rows out; other tables and totals by month stay."""
    for _ in range(2):
        said = build(project, PERIODS)
        found = counts(project)
        assert {name: found[name] for name in ("touchpoints", "int_touchpoints_recorded", "orders", "int_orders_identified")} == dict.fromkeys(
            ("touchpoints", "int_touchpoints_recorded", "orders", "int_orders_identified"), 4
        )
        assert {found[name] for name in TABLES if name not in PERIODS} == {9}
        assert project.fetch(f"select cast(min(occurred_on) as string) from {project.schema}.touchpoints") == [("2025-05-21",)]
        assert "retention: 5 rows older than 45 days left touchpoints" in said
        removed = project.fetch(f"select table_name, cast(month as string), row_count, amount, retention_days from {project.schema}.removed_rows order by table_name, month")
        assert [(table, month, number, None if amount is None else float(amount), days) for table, month, number, amount, days in removed] == [
            ("orders", "2025-04-01", 3, 30.75, 45), ("orders", "2025-05-01", 2, 20.5, 45),
            ("touchpoints", "2025-04-01", 3, None, 45), ("touchpoints", "2025-05-01", 2, None, 45),
        ]  # fmt: skip
        assert [row[0] for row in project.fetch(f"select row_count from {project.schema}.monthly")] == [3, 3, 3]


def test_the_day_of_the_period_itself_stays(project: SmallProject) -> None:
    """A row as old as the period is not older: 2025-05-21 is 41 days before."""
    build(project, {"touchpoints": 41})
    assert counts(project)["touchpoints"] == 4
    build(project, {"touchpoints": 40})
    assert counts(project)["touchpoints"] == 3


def test_periods_that_cannot_be_used_are_refused_before_anything_builds(project: SmallProject) -> None:
    """All mistakes at once, with the tables that can have a period."""
    done = project.dbt("run", "--vars", json.dumps({"retention_days": {"touchpoint": 5, "orders": 0, "sessions": "1 or 1=1"}}))
    said = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "'touchpoint' can have no period. Tables that can: attributed_orders, customer_lifecycle" in said
    assert "orders: '0' is not a whole number of days" in said and "sessions: '1 or 1=1' is not a whole number" in said


def test_every_table_with_a_period_is_a_model_with_that_day() -> None:
    """A model that is renamed would keep its rows."""
    text = (ROOT / "macros/governance/retention.sql").read_text("utf-8")
    rules = re.search(r"return\((\{\s+'touchpoints'.*?)\) \}\}\n\{% endmacro", text, re.DOTALL)
    assert rules is not None
    tables = ast.literal_eval(re.sub(r"\bnone\b", "None", rules[1]))
    assert set(tables) == set(TABLES)
    models = {file.stem: file.read_text("utf-8") for file in (ROOT / "models").glob("**/*.sql")}
    for table, rule in tables.items():
        assert rule["amount"] == MONEY.get(table)
        for name, day in {table: rule["day"], **rule["also"]}.items():
            column = re.sub(r"cast\((\w+) as date\)", r"\1", day)
            assert name in models, name
            assert column in models[name] or "*" in models[name], (name, column)
