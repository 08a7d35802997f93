"""Are planted drivers of survey scores found? Simulates, builds and compares with the truth.

    python -m scripts.bench.satisfaction_drivers --seeds 101 102 --presets default hard --customers 2000

For every metric it prints the drivers in the order of their Shapley weight beside the weight that
the planted effects have in the simulated answers, and the explained variance beside the ceiling: R² of
a regression on the planted effects themselves, which nobody could observe.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np

PLANTED = ["delivery_delay", "resolution_time", "waiting_time", "return_hassle", "page_load"]
OBSERVED_AS = {"return_hassle": "return_time", "reopened_count": "reopened", "product_quality": "product_level"}


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104, 105])
    parser.add_argument("--presets", nargs="+", default=["default", "hard"])
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/customer360_drivers"))
    return parser.parse_args()


def build(folder: Path, customers: int, seed: int, preset: str) -> tuple[Path, Path]:
    """Simulate one shop and build its drivers; the warehouse and the folder of the truth."""
    data, truth = folder / "data", folder / "data_truth"
    simulate = [sys.executable, "-m", "scripts.simulate", "--customers", str(customers)]
    simulate += ["--seed", str(seed), "--preset", preset, "--out", str(data), "--quiet"]
    subprocess.run(simulate, check=True)
    warehouse = folder / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "-s", "+satisfaction_drivers"]
    dbt += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    dbt += ["--vars", f"{{raw_data: '{data}/{{table}}.csv', allow_sample_salt: true}}"]
    dbt += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    subprocess.run(dbt, check=True, env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)})
    return warehouse, truth


def table(truth: Path, name: str) -> list[dict[str, str]]:
    """The rows of one table of the truth."""
    with (truth / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def planted_weights(warehouse: Path, truth: Path) -> dict[str, tuple[dict[str, float], float]]:
    """Per metric: share of each planted effect in the variance of all, and the ceiling of R²."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """select driver_values.answer_id, driver_values.metric, driver_values.score,
                coalesce(driver_values.reopened, 0), answers.product_id
            from intermediate.int_driver_values as driver_values
            inner join intermediate.int_feedback_answers as answers using (answer_id)"""
        ).fetchall()
    answers = {answer_id: rest for answer_id, *rest in rows}
    weights = {(row["metric"], row["driver"]): float(row["weight"]) for row in table(truth, "driver_weights")}
    quality = {row["product_id"]: float(row["quality"]) for row in table(truth, "products_truth")}
    effects: dict[str, list[list[float]]] = {}
    for row in table(truth, "score_causes"):
        kind = "review" if row["metric"] == "review" else "survey"
        metric, score, reopened, product = answers.get(f"{kind}:{row['response_id']}", [None] * 4)
        if metric:
            causes = [float(row[name]) for name in PLANTED]
            causes.append(-weights.get((metric, "reopened_count"), 0.0) * float(reopened))
            causes.append(weights.get((metric, "product_quality"), 0.0) * quality.get(product, 0.0))
            effects.setdefault(metric, []).append([*causes, score])
    result = {}
    for metric, values in effects.items():
        matrix = np.array(values)
        causes, score = matrix[:, :-1], matrix[:, -1]
        spread = causes.var(axis=0)
        design = np.column_stack([np.ones(len(causes)), causes])
        fitted = design @ np.linalg.lstsq(design, score, rcond=None)[0]
        names = [OBSERVED_AS.get(name, name) for name in [*PLANTED, "reopened_count", "product_quality"]]
        shares = {name: float(part / spread.sum()) for name, part in zip(names, spread, strict=True) if part > 0}
        result[metric] = shares, float(fitted.var() / score.var())
    return result


def report(warehouse: Path, truth: Path, name: str) -> None:
    """Print found beside planted."""
    planted = planted_weights(warehouse, truth)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            """select metric, driver, relative_weight, direction, responses, r_squared
            from marts.satisfaction_drivers where dimension = 'all' order by metric, importance_rank"""
        ).fetchall()
    for metric in sorted(planted):
        mine = [row for row in rows if row[0] == metric]
        shares, ceiling = planted[metric]
        if not mine:
            continue
        print(f"{name} {metric}: {mine[0][4]} answers, R² {mine[0][5]:.3f}, ceiling {ceiling:.3f}")
        found = ", ".join(f"{d} {w:.3f} {way}" for _, d, w, way, _, _ in mine)
        truly = ", ".join(f"{d} {w:.3f}" for d, w in sorted(shares.items(), key=lambda item: -item[1]))
        print(f"    found   {found}")
        print(f"    planted {truly}", flush=True)


def main() -> None:
    """All seeds and presets."""
    options = arguments()
    for preset in options.presets:
        for seed in options.seeds:
            folder = options.folder / f"{preset}_{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            report(*build(folder, options.customers, seed, preset), f"{preset} {seed}")


if __name__ == "__main__":
    main()
