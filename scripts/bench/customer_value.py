"""Time and memory of customer value against lifetimes, and of clusters against scikit-learn, in one run.

    python -m scripts.bench.customer_value 100000            # customers
    python -m scripts.bench.customer_value 100000 1000000 5000000    # and how both grow

Orders are drawn by the story of BG/NBD with the parameters of CDNOW over 78 weeks. Counted are the
value models alone, not staging. The libraries get the same histories, and the same sample of points
to fit clusters on; over a million customers they are left out. Needs requirements-dev.txt.
CUSTOMER360_MEMORY=7GB limits what DuckDB holds in memory.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
MODELS = ["customer_clv", "customer_segments"]
LIBRARIES_UP_TO = 1_000_000  # customers
VALUE_MODELS = ("int_clv", "int_purchase", "int_spend", "int_rate", "int_interval", "int_holdout", "int_year")
VALUE_MODELS += ("int_order_days", "int_order_months", "int_order_seasons", "order_seasonality", "int_season", "customer_clv")


def draw_orders(path: Path, customers: int, weeks: float = 78.0) -> None:
    """Orders of simulated customers as one Parquet file."""
    random = np.random.default_rng(1)
    start = random.uniform(0, weeks / 2, customers)
    rate = random.gamma(0.2426, 1 / 4.4136, customers)
    orders = np.minimum(random.poisson(rate * (weeks - start)), 200)
    orders = np.minimum(orders, random.geometric(random.beta(0.7929, 2.4259, customers)))
    account = np.repeat(np.arange(customers), orders + 1)
    first = np.concatenate([[0], np.cumsum(orders + 1)[:-1]])
    at_week = random.uniform(start[account], weeks)
    at_week[first] = start
    scale = 1 / random.gamma(3.74, 1 / 15.44, customers)
    amount = np.maximum(np.round(random.gamma(6.25, scale[account]), 2), 0.01)
    drawn = pd.DataFrame({"account": account, "at_week": at_week, "amount": amount})
    connection = duckdb.connect()
    connection.register("drawn", drawn)
    connection.execute(
        f"""
        copy (
            select
                'o' || row_number() over () as order_id,
                'bench' as source_system,
                timestamp '2023-01-01' + to_seconds(cast(at_week * 604800 as bigint)) as ordered_at,
                'web' as channel,
                'completed' as status,
                'c' || account as account_id,
                cast(amount as decimal(18, 2)) as net_amount
            from drawn
        ) to '{path}' (format parquet)
        """
    )


def run_warehouse(folder: Path) -> dict[str, float]:
    """Seconds of each model."""
    dbt = Path(sys.executable).parent / "dbt"
    result = subprocess.run(
        [str(dbt), "--quiet", "build", "--exclude-resource-type", "test", "--exclude-resource-type"]
        + ["unit_test", "--target-path", str(folder / "target"), "--vars"]
        + [f"{{raw_data: '{folder}/{{table}}.parquet', consent_when_untracked: allow, allow_sample_salt: true}}", "-s"]
        + [f"+{name}" for name in MODELS],
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(folder / "warehouse.duckdb")},
        check=False,
    )
    if result.returncode:
        sys.exit("the build failed")
    results = json.loads((folder / "target/run_results.json").read_text("utf-8"))["results"]
    return {item["unique_id"].split(".")[-1]: item["execution_time"] for item in results}


def run_libraries(folder: Path) -> dict[str, float]:
    """Seconds of lifetimes (three fits, a year foreseen) and scikit-learn (k = 2 to 8, everybody's cluster)."""
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter
    from sklearn.cluster import KMeans

    warnings.simplefilter("ignore")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as warehouse:
        people = warehouse.execute(
            "select repeat_orders, recency_weeks, age_weeks, coalesce(repeat_value, 0) as repeat_value"
            " from intermediate.int_clv_customers where period = 'history'"
        ).fetchnumpy()
        points = warehouse.execute(
            "select f1, f2, f3, f4, f5, f6, is_sampled from intermediate.int_cluster_points"
            " where segmentation = 'buyers'"
        ).fetchnumpy()
    seconds = {}
    started = time.perf_counter()
    x, t_x, age = (people[name] for name in ("repeat_orders", "recency_weeks", "age_weeks"))
    for fitter in (BetaGeoFitter(), ModifiedBetaGeoFitter()):
        fitter.fit(x, t_x, age)
    fitter.conditional_expected_number_of_purchases_up_to_time(365 / 7, x, t_x, age)
    repeaters = (x > 0) & (people["repeat_value"] > 0)
    GammaGammaFitter().fit(x[repeaters], people["repeat_value"][repeaters])
    seconds["lifetimes"] = time.perf_counter() - started
    started = time.perf_counter()
    data = np.column_stack([points[f"f{number}"] for number in range(1, 7)])
    for k in range(2, 9):
        KMeans(k, n_init=20, random_state=0).fit(data[points["is_sampled"]]).predict(data)
    seconds["scikit-learn"] = time.perf_counter() - started
    return seconds


def main() -> None:
    """Print one block for each number of customers."""
    for customers in [int(argument) for argument in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            draw_orders(folder / "orders.parquet", customers)
            ours = run_warehouse(folder)
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            value = sum(s for model, s in ours.items() if model.startswith(VALUE_MODELS))
            clusters = sum(s for model, s in ours.items() if model.startswith("int_cluster"))
            theirs = run_libraries(folder) if customers <= LIBRARIES_UP_TO else {}
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{customers:,} customers: memory of the whole build {memory:.2f} GB")
        print(f"  value     {value:8.1f} s", end="")
        if theirs:
            print(f"  lifetimes    {theirs['lifetimes']:8.1f} s  ratio {value / theirs['lifetimes']:.2f}", end="")
            print(" (here history and holdout, there history only)", end="")
        print(f"\n  clusters  {clusters:8.1f} s", end="")
        if theirs:
            print(f"  scikit-learn {theirs['scikit-learn']:8.1f} s  ratio {clusters / theirs['scikit-learn']:.2f}", end="")
            print(f" (here two segmentations and halves)\n  memory of the libraries {own:.2f} GB", end="")
        print(flush=True)


if __name__ == "__main__":
    main()
