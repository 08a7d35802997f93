"""Time and memory of the recommendation models alone, on histories drawn at any size.

    python -m scripts.bench.recommendation 100000 20000        # customers, items
    CUSTOMER360_MEMORY=3GB python -m scripts.bench.recommendation 1000000 20000

Customers have twelve purchases in two years on average, at most a hundred; four in five are of their own one of twenty kinds
of taste, and within a kind few items are bought by many. CUSTOMER360_MEMORY (3GB) limits what DuckDB holds in memory; the
peak that is printed is that of the whole process.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[2]
AS_OF = dt.date(2025, 6, 30)
DAYS, KINDS, CHUNK = 730, 20, 100_000
MACROS = ["behaviour", "cross_db", "governance", "incremental", "materializations", "money", "recommendation", "statistics", "time"]
SEEDS = ["age_bands", "recommendation_rules", "recommendation_exclusions", "recommendation_item_flags"]
EMPTY = {  # nothing is read, used, sent back or complained about
    "int_touchpoints": "customer_id varchar, content_id varchar, content_topic varchar, feature varchar, category varchar, occurred_on date",
    "stg_commerce__subscriptions": "source_system varchar, account_id varchar, plan varchar, plan_rank bigint, started_at timestamp",
    "int_account_names": "source_system varchar, account_id varchar, customer_id varchar",
    "order_returns": "customer_id varchar, product_id varchar, return_type varchar, returned_on date",
    "stg_feedback__service_tickets": "ticket_type varchar, order_id varchar, topic varchar, opened_at timestamp",
    "stg_feedback__reviews": "source_system varchar, account_id varchar, product_id varchar, rating double, reviewed_at timestamp",
}


def draw_lines(folder: Path, customers: int, items: int) -> int:
    """Lines of orders as Parquet files of a hundred thousand customers each; returns how many there are."""
    per_kind = items // KINDS
    drawn = 0
    for part, first in enumerate(range(0, customers, CHUNK)):
        random = np.random.default_rng(part)
        people = np.arange(first, min(first + CHUNK, customers))
        counts = np.minimum(random.geometric(1 / 12, len(people)), 100)
        who = np.repeat(people, counts)
        kind = np.where(random.random(len(who)) < 0.8, who % KINDS, random.integers(0, KINDS, len(who)))
        place = (per_kind * random.random(len(who)) ** 3).astype(np.int64)
        lines = {"who": who, "item": kind * per_kind + place, "ago": random.integers(1, DAYS, len(who))}
        connection = duckdb.connect()
        connection.register("lines", {name: np.ascontiguousarray(values) for name, values in lines.items()})
        connection.execute(f"""
            copy (
                select
                    'o' || who || '-' || ago as order_id, 'c' || lpad(cast(who as varchar), 8, '0') as customer_id,
                    'p' || item as product_id, 'kind ' || (item // {per_kind}) as category, null::varchar as subcategory,
                    cast(date '{AS_OF}' - cast(ago as int) as date) as ordered_on
                from lines
            ) to '{folder}/lines_{part:03}.parquet' (format parquet)
        """)  # fmt: skip
        drawn += len(who)
    return drawn


def write_project(folder: Path, customers: int, items: int) -> None:
    """A dbt project of the recommendation models and views in the place of what they read."""
    output = {
        "type": "duckdb", "path": str(folder / "warehouse.duckdb"), "schema": "bench", "threads": 1,
        "settings": {
            "memory_limit": os.environ.get("CUSTOMER360_MEMORY", "3GB"), "TimeZone": "UTC", "error_on_division_by_zero": True,
            "ieee_floating_point_ops": False, "default_null_order": "nulls_first_on_asc_last_on_desc",
        },
    }  # fmt: skip
    project = {
        "name": "small", "profile": "small", "macro-paths": [str(ROOT / "macros" / name) for name in MACROS],
        "vars": yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"],
        "models": {"small": {"+materialized": "table"}}, "flags": {"send_anonymous_usage_stats": False},
    }  # fmt: skip
    (folder / "models").mkdir()
    (folder / "seeds").mkdir()
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project), "utf-8")
    (folder / "profiles.yml").write_text(yaml.safe_dump({"small": {"target": "dev", "outputs": {"dev": output}}}), "utf-8")
    for source in ROOT.glob("models/*/recommendation/*.sql"):
        (folder / "models" / source.name).write_text(source.read_text("utf-8"), "utf-8")
    for name in SEEDS:
        (folder / "seeds" / f"{name}.csv").write_text((ROOT / f"seeds/reference/{name}.csv").read_text("utf-8"), "utf-8")
    views = {
        "order_lines": f"select * from read_parquet('{folder}/lines_*.parquet')",
        "products": f"select 'p' || item as product_id, 'Item ' || item as product_name, 'kind ' || (item // {items // KINDS}) as category,"
        f" null::varchar as subcategory from range({items}) as numbers (item)",
        "customers": "select 'c' || lpad(cast(who as varchar), 8, '0') as customer_id, 'region ' || who % 10 as home_region,"
        " '25-34' as age_band, cast(1 as bigint) as order_count, true as has_analytics_consent, true as has_personalisation_consent"
        f" from range({customers}) as numbers (who)",
        "stg_commerce__as_of": f"select date '{AS_OF}' as as_of",
        **{name: "select " + ", ".join(f"null::{column.split()[1]} as {column.split()[0]}" for column in columns.split(", "))
           + " where false" for name, columns in EMPTY.items()},
    }  # fmt: skip
    for name, sql in views.items():
        (folder / "models" / f"{name}.sql").write_text("{{ config(materialized='view') }}\n" + sql, "utf-8")


def run(folder: Path) -> list[tuple[str, float]]:
    """Seconds of each model, the slowest first."""
    result = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "build"],
        cwd=folder, env={**os.environ, "DBT_PROFILES_DIR": str(folder), "DBT_PROJECT_DIR": "."}, check=False,
    )  # fmt: skip
    if result.returncode:
        sys.exit("the build failed")
    results = json.loads((folder / "target/run_results.json").read_text("utf-8"))["results"]
    return sorted(((item["unique_id"].split(".")[-1], item["execution_time"]) for item in results), key=lambda pair: -pair[1])


def main(words: list[str]) -> None:
    """One block."""
    customers, items = (int(word) for word in words or ("100000", "20000"))
    with tempfile.TemporaryDirectory(prefix="bench-recommendation-") as name:
        folder = Path(name)
        lines = draw_lines(folder, customers, items)
        write_project(folder, customers, items)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        nodes = run(folder)
        seconds = time.perf_counter() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as warehouse:
            rows, people = warehouse.execute(
                "select count(*), count(distinct customer_id) from bench.customer_recommendations"
            ).fetchall()[0]
            verdicts = warehouse.execute(
                "select answer, model, round(ndcg, 4), round(hit_rate, 3), is_published from bench.recommendation_performance"
                " where item_type = 'product' and k = 10 order by all"
            ).fetchall()
        size = (folder / "warehouse.duckdb").stat().st_size
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(f"{customers:,} customers, {items:,} items, {lines:,} lines of orders: {rows:,} recommendations for {people:,} people")
    print(f"  {seconds:.0f} s by the clock, {processor:.0f} s of processors, peak memory {used.ru_maxrss / 2**20:.2f} GiB, warehouse {size / 2**30:.1f} GiB")
    print("  slowest: " + ", ".join(f"{node} {cost:.1f}" for node, cost in nodes[:6]))
    for verdict in verdicts:
        print("  " + " | ".join(str(value) for value in verdict))


if __name__ == "__main__":
    main(sys.argv[1:])
