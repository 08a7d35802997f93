"""Objectives on orders that a test makes up: slips in the seed, a shop with nothing but orders, and what is expected."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import numpy as np
import yaml
from behaviour_project import BehaviourProject
from engines import ROOT

MACROS = ["behaviour", "cross_db", "governance", "money", "profile", "statistics", "time"]
FIRST, AS_OF, END = dt.date(2023, 1, 1), dt.date(2024, 11, 11), dt.date(2025, 1, 1)
REGIONS = 60

EMPTY = {
    "loyalty_metrics": "null::varchar as dimension, null::varchar as dimension_value, null::date as period_start,"
    " null::bigint as matured_repurchasers, null::bigint as matured_customers, null::bigint as complained_orders,"
    " null::bigint as returned_orders, null::bigint as orders",
    "satisfaction_scores": "null::varchar as metric, null::varchar as period_type, null::date as period_start,"
    " null::varchar as dimension, null::varchar as dimension_value, null::bigint as promoters,"
    " null::bigint as detractors, null::bigint as responses",
    "funnel_entries": "null::varchar as funnel, null::date as entered_on, null::varchar as channel,"
    " null::varchar as region, null::varchar as segment, null::boolean as converted, null::boolean as still_open",
    "attributed_orders": "null::varchar as model, null::varchar as channel, null::date as ordered_on,"
    " null::decimal(18, 2) as attributed_revenue",
    "customer_clv": "null::varchar as customer_id, null::decimal(18, 2) as clv_365d,"
    " null::decimal(18, 2) as acquisition_cost",
    "customer_rfm": "null::varchar as customer_id, null::varchar as segment",
    "customer_propensities": "null::varchar as customer_id, null::varchar as target, null::double as probability",
    "category_demand_forecast": "null::varchar as category, null::varchar as channel, null::date as week_start,"
    " null::double as forecast, null::double as low, null::double as high, null::boolean as is_trustworthy",
    "stores": "null::varchar as store_id, null::varchar as region",
    "order_lines": "null::varchar as order_id, null::varchar as category, null::boolean as is_balancing_line,"
    " null::decimal(18, 4) as quantity, null::decimal(18, 2) as net_revenue",
    "stg_marketing__campaigns": "null::varchar as campaign_id, null::varchar as channel, null::date as start_date,"
    " null::date as end_date, null::decimal(18, 4) as cost, null::double as rate_to_base",
    "stg_marketing__campaign_touches": "null::varchar as campaign_id, null::varchar as channel,"
    " null::timestamp as occurred_at, null::decimal(18, 4) as cost, null::double as rate_to_base",
}


def _objectives() -> list[dict[str, str]]:
    return list(csv.DictReader((ROOT / "seeds/reference/objectives.csv").read_text("utf-8").splitlines()))


def _definitions() -> list[str]:
    """A select for each governed metric: what metric_definitions says of it."""
    metrics = [
        metric
        for file in sorted(ROOT.glob("models/metrics/*.yml"))
        for metric in yaml.safe_load(file.read_text(encoding="utf-8")).get("metrics", [])
    ]
    return [
        f"select '{metric['name']}' as metric, '{metric['label']}' as label_en, '{meta['label_zh']}' as label_zh,"
        f" '{meta['unit']}' as unit, '{meta['better']}' as better, '{meta['source_mart']}' as source_mart"
        for metric in metrics
        for meta in [metric["config"]["meta"]]
    ]


def _write_objectives(project: BehaviourProject, rows: list[dict[str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    project.write("seeds/objectives.csv", buffer.getvalue())


def _project(folder: Path, orders: list[tuple[str, dt.date]]) -> BehaviourProject:
    """The models of objectives over first orders of 10 each, given as region and day, known before the reference date."""
    names = [path.stem for path in ROOT.glob("models/intermediate/governance/int_objective*.sql")]
    project = BehaviourProject(folder, [*names, "int_marketing_money_days", "objective_scorecard"], schema="objectives_test", macros=MACROS)
    for seed in ("objective_metrics", "rfm_segments", "funnels", "channel_map"):
        project.copy_seed(seed)
    seeds = (ROOT / "seeds/reference/_objectives__seeds.yml").read_text(encoding="utf-8")
    project.write("seeds/seeds.yml", seeds.split("  - name: price_rules")[0])
    project.view("metric_definitions", " union all ".join(_definitions()))
    for name, columns in EMPTY.items():
        project.view(name, f"select {columns} where false")
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("region", "day"), *orders])
    read = f"read_csv('{folder}/orders.csv', all_varchar = true, header = true)"
    project.view("customers", f"select distinct 'p' || region as customer_id, region as home_region from {read}")
    project.view(
        "orders",
        "select 'o' || row_number() over (order by day, region) as order_id, 'p' || region as customer_id,"
        " 'web' as channel, null::varchar as store_id, cast(day as date) as ordered_on, 1::bigint as customer_order_number,"
        f" 10::decimal(18, 2) as net_revenue, 1::bigint as line_count from {read} where day < '{AS_OF}'",
    )
    project.view("stg_commerce__as_of", f"select date '{AS_OF}' as as_of, timestamp '{AS_OF} 00:00:00' as as_of_at")
    return project


def test_a_slip_stops_the_build_and_is_named(tmp_path: Path) -> None:
    """Guards whoever edits the objectives: nothing is computed, and each slip says where and what to write."""
    project = _project(tmp_path, [("North", FIRST)])
    rows = _objectives()
    rows[0]["metric"] = "net_revenu"
    rows[6]["target"] = "5%"
    _write_objectives(project, rows)
    result = project.dbt("build", "--vars", '{"small_sample_under": 30, "timezone": "UTC"}')
    assert result.returncode != 0
    said = " ".join(result.stdout.split())
    assert "(seeds/reference/objectives.csv) has 2 problem(s):" in said
    assert 'objective revenue_this_year: metric "net_revenu" is not in objective_metrics; the nearest is net_revenue' in said
    assert 'objective keep_buyers: target "5%" is not a number; 0.05 stands for 5 %' in said
    assert "objective_scorecard" not in project.tables()


def test_a_shop_with_nothing_but_orders(tmp_path: Path) -> None:
    """The objectives that come with the project: what cannot be counted is null with a reason, nothing is made up."""
    days = (AS_OF - FIRST).days
    project = _project(tmp_path, [("North", FIRST + dt.timedelta(days=n)) for n in range(days)])
    _write_objectives(project, _objectives())
    project.build()
    found = {
        row[0]: row[1:]
        for row in project.fetch(
            "select objective, actual, target, expected, is_on_track, expected_basis, reason, reason_zh"
            " from objectives_test.objective_scorecard"
        )
    }
    assert set(found) == {row["objective"] for row in _objectives()}
    # one order of 10 a day: 315 days of a leap year, of which 51 are to come at the pace of the last three months
    actual, target, expected, on_track, basis, reason, _ = found["revenue_this_year"]
    assert (actual, target, expected, on_track, basis) == (3150.0, 3832.5, 3660.0, False, "run_rate")
    assert reason.startswith("Net revenue: 3150 after 315 of 366 days of 2024; target 3833 (a year before 3650); 3660")
    for objective in ("recommendation", "satisfaction", "checkout", "advertising_return", "value_of_champions"):
        actual, target, expected, on_track, _, reason, reason_zh = found[objective]
        assert (actual, expected, on_track) == (None, None, None)
        assert "cannot be judged" in reason and "无法判断" in reason_zh
        assert ("nobody to count" if objective == "value_of_champions" else "nothing to count") in reason and "无可计数者" in reason_zh
    assert all(row[5] and row[6] for row in found.values())
    # Chinese reasons name what the seeds name
    for objective, name in (("checkout", "（线上下单漏斗）"), ("value_of_champions", "（冠军客户）"), ("store_revenue", "（门店）")):
        assert name in found[objective][6], found[objective][6]


def test_what_is_expected_comes_about(tmp_path: Path) -> None:
    """Sixty regions in the middle of a quarter: the 90 % interval of the pace holds the quarter's end in nine of ten, give or take."""
    rng = np.random.default_rng(11)
    days = [FIRST + dt.timedelta(days=n) for n in range((END - FIRST).days)]
    orders: list[tuple[str, dt.date]] = []
    for region in range(REGIONS):
        level = rng.uniform(1, 8)
        months = {(day.year, day.month): rng.lognormal(0, 0.1) for day in days}
        for day in days:
            count = int(rng.poisson(level * months[day.year, day.month]))
            orders += [(f"R{region}", day)] * count
    project = _project(tmp_path, orders)
    (example,) = [row for row in _objectives() if row["objective"] == "new_customers"]
    rows = [example | {"objective": f"R{n}", "scope": "region", "scope_value": f"R{n}"} for n in range(REGIONS)]
    _write_objectives(project, rows)
    project.build()
    quarter = [region for region, day in orders if day >= dt.date(2024, 10, 1)]
    truth = {f"R{n}": quarter.count(f"R{n}") for n in range(REGIONS)}
    found = project.fetch(
        "select objective, expected, expected_low, expected_high from objectives_test.objective_scorecard"
    )
    held = [low <= truth[name] <= high for name, _, low, high in found]
    errors = [expected / truth[name] - 1 for name, expected, _, _ in found]
    assert len(held) == REGIONS
    # 60 draws at 90 %: two and a half standard errors are 10 points
    assert 0.80 <= np.mean(held) <= 0.995, np.mean(held)
    assert abs(np.mean(errors)) < 0.03
