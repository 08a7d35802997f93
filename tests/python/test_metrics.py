"""Governed metrics: the semantic layer answers with the figures of the marts, and nothing is defined twice or by halves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from engines import ROOT

from scripts.check_yaml import rates_without_interval, series_without_end

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))

MONTH = "metric_time__month"
BY_MONTH = "date_trunc('month', ordered_on)::date as month"
LOYALTY = "from marts.loyalty_metrics where dimension = '{0}' and {1} > 0"
ANSWERS = "select period_start, score from marts.satisfaction_scores where metric = '{0}' and period_type = 'month' and dimension = 'all'"
LIFECYCLE = (
    "select month, coalesce(sum(customers) filter (where to_stage = 'churned'), 0) / sum(customers)::double from marts.lifecycle_flows"
    " where basis = 'order' and from_stage in ('new', 'active', 'returning', 'dormant') group by all"
)
RETAINED = (
    "with active as (select distinct customer_id, date_trunc('month', ordered_on)::date as month from marts.orders where customer_id is not null)"
    " select (earlier.month + interval 1 month)::date as month, count(later.month) / count(*)::double from active as earlier"
    " left join active as later on earlier.customer_id = later.customer_id and later.month = earlier.month + interval 1 month"
    " where earlier.month + interval 1 month < (select as_of from staging.stg_commerce__as_of) group by all"
)
FUNNELS = (
    "select funnel, count(*) filter (where converted) / count(*) filter (where converted or not still_open)::double"
    " from marts.funnel_entries group by all having count(*) filter (where converted or not still_open) > 0"
)
# the sample has no campaign that goes on, whose cost to come the mart would hold and the metric not
SPEND = "select sum(cost)::double from marts.channel_attribution where goal = 'order' and model = 'markov'"

# metric, group by, the same from the marts: the group's value if there is one, then the figure
COMPARED: list[tuple[str, str | None, str]] = [
    ("net_revenue", MONTH, f"select {BY_MONTH}, sum(net_revenue) from marts.orders group by all"),
    ("net_revenue", "order_line__category", "select category, sum(net_revenue) from marts.order_lines group by all"),
    ("net_revenue", "order__channel", "select channel, sum(net_revenue) from marts.orders group by all"),
    ("net_revenue_growth", MONTH,
     f"with months as (select {BY_MONTH}, sum(net_revenue)::double as revenue from marts.orders group by all)"
     " select later.month, later.revenue / earlier.revenue - 1 from months as later"
     " inner join months as earlier on later.month = earlier.month + interval 12 months"),
    ("orders", MONTH, f"select {BY_MONTH}, count(*) from marts.orders group by all"),
    ("orders", "order__region", f"select dimension_value, sum(orders)::bigint {LOYALTY.format('region', 'orders')} group by all"),
    ("average_order_value", "order__channel", "select channel, sum(net_revenue)::double / count(*) from marts.orders group by all"),
    ("units_sold", "order_line__category", "select category, sum(quantity) from marts.order_lines group by all"),
    ("gross_margin", MONTH, f"select {BY_MONTH}, sum(gross_margin) from marts.orders group by all"),
    ("gross_margin_rate", None,
     "select sum(gross_margin)::double / sum(net_revenue) from marts.orders where gross_margin is not null"),
    ("revenue_with_known_cost", None, "select sum(net_revenue) from marts.orders where gross_margin is not null"),
    ("refund_rate", MONTH, f"select {BY_MONTH}, sum(refunded_amount)::double / sum(net_amount) from marts.orders group by all"),
    ("active_customers", MONTH, f"select period_start, buyers {LOYALTY.format('all', 'orders')}"),
    ("active_customers", None, "select count(*) from marts.customers where order_count > 0"),
    ("new_customers", MONTH, f"select period_start, new_customers {LOYALTY.format('all', 'orders')}"),
    ("orders_per_customer", None, "select count(*)::double / count(distinct customer_id) from marts.orders where customer_id is not null"),
    ("repurchase_rate", MONTH, f"select period_start, repurchase_rate_cohort_90d {LOYALTY.format('all', 'matured_customers')}"),
    ("repurchase_rate", "order__segment",
     f"select dimension_value, sum(matured_repurchasers) / sum(matured_customers)::double {LOYALTY.format('segment', 'matured_customers')} group by all"),
    ("repurchase_observed_share", MONTH, f"select period_start, cohort_observed_share {LOYALTY.format('all', 'new_customers')}"),
    ("repurchase_rate_365d", MONTH, f"select period_start, repurchase_rate_window {LOYALTY.format('all', 'buyers_365d')}"),
    ("repurchase_rate_365d", None,
     f"select arg_max(repurchase_rate_window, period_start) {LOYALTY.format('all', 'buyers_365d')}"),
    ("returning_share", MONTH, f"select period_start, returning_share {LOYALTY.format('all', 'buyers')}"),
    ("retention_rate", MONTH, RETAINED),
    ("churn_rate", MONTH, LIFECYCLE),
    ("complaint_rate", MONTH, f"select period_start, complaint_rate {LOYALTY.format('all', 'orders')}"),
    ("return_rate", MONTH, f"select period_start, return_rate {LOYALTY.format('all', 'orders')}"),
    ("return_rate", "order__main_category",
     f"select dimension_value, sum(returned_orders) / sum(orders)::double {LOYALTY.format('category', 'orders')} group by all"),
    ("order_observed_share", MONTH, f"select period_start, order_observed_share {LOYALTY.format('all', 'orders')}"),
    ("nps", MONTH, ANSWERS.format("nps")),
    ("nps", "answer__channel",
     "select dimension_value, 100e0 * (sum(promoters) - sum(detractors)) / sum(responses) from marts.satisfaction_scores"
     " where metric = 'nps' and period_type = 'month' and dimension = 'channel' group by all"),
    ("csat", MONTH, ANSWERS.format("csat")),
    ("ces", MONTH, ANSWERS.format("ces")),
    ("review_rating", MONTH, ANSWERS.format("review")),
    ("known_customers", None, "select count(*) from marts.customers"),
    ("clv", "customer__clv_tier", "select value_tier, avg(clv_365d) from marts.customer_clv group by all"),
    ("clv_total", None, "select sum(clv_365d) from marts.customer_clv"),
    ("clv_to_acquisition_cost", None,
     "select sum(clv_365d)::double / sum(acquisition_cost) from marts.customer_clv where acquisition_cost > 0"),
    ("churn_probability", None, "select avg(probability) from marts.customer_propensities where target = 'churn_90d'"),
    ("funnel_conversion", "attempt__funnel", FUNNELS),
    ("funnel_observed_share", "attempt__funnel",
     "select funnel, count(*) filter (where converted or not still_open) / count(*)::double from marts.funnel_entries group by all"),
    ("attributed_revenue", "credit__model", "select model, sum(attributed_revenue)::double from marts.attributed_orders group by all"),
    ("attributed_revenue", None, "select sum(net_revenue)::double from marts.orders"),
    ("marketing_spend", None, SPEND),
    ("attributed_roas", None,
     f"select sum(attributed_revenue)::double / ({SPEND}) from marts.attributed_orders where model = 'markov' and channel in"
     " (select channel from marts.channel_attribution where cost > 0)"),
    ("forecast_units", "forecast_cell__category",
     "select category, sum(forecast) from marts.category_demand_forecast where level = 'category' group by all"),
    ("action_uplift", None,
     "select sum(orders_effect * treated) / sum(treated) from marts.action_performance"
     " where period = 'all' and segment = 'all' and orders_effect is not null"),
    ("action_net_gain", "action_effect__action",
     "select action, net_gain from marts.action_performance where period = 'all' and segment = 'all' and net_gain is not null"),
    ("action_cost", None, "select sum(cost) from marts.action_performance where period = 'all' and segment = 'all'"),
]


def _metrics() -> list[dict[str, Any]]:
    files = sorted(ROOT.glob("models/metrics/*.yml"))
    return [metric for file in files for metric in yaml.safe_load(file.read_text("utf-8")).get("metrics", [])]


class Layer:
    """MetricFlow over the sample's warehouse, which is only read: it writes the SQL, DuckDB answers."""

    def __init__(self, target: Path) -> None:
        from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import SqlEngine
        from dbt_metricflow.cli.dbt_connectors.dbt_config_accessor import parse_manifest_from_dbt_generated_manifest
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        class Renderer:
            sql_engine_type = SqlEngine.DUCKDB
            sql_plan_renderer = DuckDbSqlPlanRenderer()

        text = (target / "semantic_manifest.json").read_text("utf-8")
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(manifest_json_string=text))
        self.engine = MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=Renderer())  # type: ignore[arg-type]
        self.connection = duckdb.connect(str(WAREHOUSE), read_only=True)

    def answer(self, metric: str, group_by: str | None) -> list[tuple[Any, ...]]:
        """What `mf query` says, rows without a figure left out."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=[group_by] if group_by else None)
        sql = self.engine.explain(request).sql_statement.sql
        return [row for row in self.connection.execute(sql).fetchall() if row[-1] is not None]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layer]:
    """The semantic layer of the project as it stands."""
    target = tmp_path_factory.mktemp("target")
    parsed = ROOT / "target/partial_parse.msgpack"
    if parsed.exists():
        shutil.copy(parsed, target)
    result = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "parse"],
        cwd=ROOT, env={**os.environ, "DBT_TARGET_PATH": str(target)}, capture_output=True, text=True, check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    found = Layer(target)
    yield found
    found.connection.close()


def _plain(row: tuple[Any, ...]) -> tuple[str, Any]:
    """The group as text (a day without its midnight), and the figure."""
    return " ".join(str(value).removesuffix(" 00:00:00") for value in row[:-1]), row[-1]


@pytest.mark.parametrize(
    ("metric", "group_by", "sql"), COMPARED, ids=[f"{metric}-{group_by or 'all'}" for metric, group_by, _ in COMPARED]
)
def test_a_metric_is_the_mart_to_the_cent(layer: Layer, metric: str, group_by: str | None, sql: str) -> None:
    """Guards the figure itself: money and counts exactly, quotients of them to the ninth digit."""
    found = dict(_plain(row) for row in layer.answer(metric, group_by))
    expected = dict(_plain(row) for row in layer.connection.execute(sql).fetchall() if row[-1] is not None)
    assert expected, "nothing to compare"
    assert found.keys() == expected.keys()
    for group, figure in expected.items():
        if isinstance(figure, Decimal | int):
            assert found[group] == figure, group
        else:
            assert float(found[group]) == pytest.approx(figure, rel=1e-9, abs=1e-12), group


def test_every_metric_is_compared_with_its_mart() -> None:
    """Guards that a new metric cannot come without a comparison."""
    assert {metric["name"] for metric in _metrics()} == {metric for metric, _, _ in COMPARED}
    assert len(_metrics()) >= 30


def test_every_metric_names_a_mart_that_exists() -> None:
    """Guards readers who look the figure up: the mart named beside a metric is one."""
    marts = {path.stem for path in ROOT.glob("models/marts/**/*.sql")}
    assert {metric["config"]["meta"]["source_mart"] for metric in _metrics()} <= marts


PAGES = sorted(ROOT.glob("dashboards/pages/*.yml"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_lineage_knows_what_a_page_shows(page: Path) -> None:
    """Guards whoever changes a mart: the documentation names the pages and metrics that hang on it, those that are there."""
    text = page.read_text("utf-8")
    marts = {path.stem for path in ROOT.glob("models/marts/**/*.sql")} & set(re.findall(r"marts\.(\w+)", text))
    shown = {f"ref('{mart}')" for mart in marts} | {f"metric('{name}')" for name in re.findall(r"^\s*metric: (\w+)", text, re.MULTILINE)}
    exposures = yaml.safe_load((ROOT / "models/exposures/_pages__exposures.yml").read_text("utf-8"))["exposures"]
    (known,) = [exposure["depends_on"] for exposure in exposures if exposure["name"] == f"page_{page.stem[3:]}"]
    assert set(known) == shown


def test_the_start_page_names_marts_that_exist() -> None:
    """Guards readers of the documentation: each table of the start page is one, and hardly one is missing."""
    marts = {path.stem for path in ROOT.glob("models/marts/**/*.sql")}
    table = (ROOT / "models/docs/overview.md").read_text("utf-8").split("## Which mart")[1].split("## Reading")[0]
    named = {name for row in table.splitlines() if row.startswith("|") for name in re.findall(r"`(\w+)`", row.split("|")[3])}
    assert named <= marts
    assert len(marts - named) < len(marts) / 10, sorted(marts - named)


def test_a_series_without_its_end_is_named(tmp_path: Path) -> None:
    """Guards that a mart by month cannot come without saying which month is not over."""
    columns = "- {name: month, data_type: date}\n      - {name: is_complete, data_type: boolean"
    for name, tests in (("tested", ", data_tests: [{period_over: {}}]"), ("untested", "")):
        (tmp_path / f"{name}.yml").write_text(f"models:\n  - name: {name}\n    columns:\n      {columns}{tests}}}\n", encoding="utf-8")
    (problem,) = series_without_end(tmp_path)
    assert problem.startswith("untested.yml: untested has the period month")


RATES = {
    "both_ends": ("visit_rate, visit_rate_low, visit_rate_high", "{}", ""),
    "ends_of_the_stem": ("visit_rate, visit_low, visit_high", "{}", ""),
    "with_a_reason": ("visit_rate", "{visit_rate: Counts everybody there is.}", ""),
    "no_ends": ("visit_rate", "{}", "is a rate without"),
    "one_end": ("visit_share, visit_share_low", "{}", "is a rate without"),
    "days_after": ("visit_rate_90d", "{}", "is a rate without"),
    "no_word": ("visit_rate", "{visit_rate: none}", "is a rate without"),
    "stale_reason": ("visit_rate, visit_rate_low, visit_rate_high", "{visit_rate: Counts everybody there is.}", "needs no reason"),
    "reason_for_nothing": ("visits", "{visit_rate: Counts everybody there is.}", "needs no reason"),
}


@pytest.mark.parametrize("name", sorted(RATES))
def test_a_rate_gives_its_interval_or_says_why_not(tmp_path: Path, name: str) -> None:
    """Guards that a mart cannot publish a rate of few people as if it were exact."""
    columns, reasons, problem = RATES[name]
    listed = "".join(f"      - {{name: {column}, data_type: double}}\n" for column in columns.split(", "))
    text = f"models:\n  - name: m\n    config: {{meta: {{no_interval: {reasons}}}}}\n    columns:\n{listed}"
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    found = rates_without_interval(tmp_path)
    assert [problem in message for message in found] == ([True] if problem else [])


def test_every_rate_of_the_marts_has_an_interval_or_a_reason() -> None:
    """Of the project as it stands."""
    assert rates_without_interval() == []
