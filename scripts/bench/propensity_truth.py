"""Do the propensities tell the chances that were planted? Simulates, builds and compares with the truth.

    python -m scripts.bench.propensity_truth --seeds 101 102 103 104 105 --presets default hard --customers 5000

A shop that asks nobody for consent is built as of the day 90 days before its simulated history ends. Per target it
prints: orders foretold beside the chances planted and the people who came; the mean error of calibration in tenths
of the score, against the planted chances and against what came; the AUC on the day itself beside that of the
planted chances, which nobody could beat; and the AUC on the holdout beside LightGBM's (requirements-heavy.txt) on the same inputs and
days. Then every planted driver of buying with the direction that was found, decoys among them.

One customer of the warehouse may be part of a person, or several: the planted chance of a customer is that of orders
from the accounts that it has.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from scripts.bench.truth import truth_table

PLANTED = ["orders_365d", "silence"]  # told as reasons with their numbers
MANY = 6  # the truth has the chances of 0 to 5 orders, and of more
HORIZONS = {"purchase_30d": 30, "purchase_90d": 90}
TREES = {"n_estimators": 200, "learning_rate": 0.03, "num_leaves": 15, "min_child_samples": 100}
TREES |= {"subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.8, "random_state": 0, "n_jobs": 1}


@dataclass
class Found:
    """What was measured of one target; shares and errors between 0 and 1."""

    target: str
    model: str
    people: int
    foretold: float
    planted: float
    came: int
    error_planted: float
    error_came: float
    auc: float
    auc_planted: float
    holdout_auc: float
    trees_auc: float | None


def build(folder: Path, customers: int, seed: int, preset: str) -> tuple[Path, Path]:
    """Simulate one shop and build its propensities; the warehouse and the folder of the truth."""
    data, truth = folder / "data", folder / "data_truth"
    simulate = [sys.executable, "-m", "scripts.simulate", "--customers", str(customers), "--seed", str(seed)]
    simulate += ["--preset", preset, "--format", "parquet", "--out", str(data), "--quiet"]
    subprocess.run(simulate, check=True)
    (data / "consents.parquet").unlink()  # everybody gets a score
    as_of = duckdb.sql(f"select max(cast(as_of as date)) from {truth_table(truth, 'order_hazards')}").fetchall()[0][0]
    warehouse = folder / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "-s", "+customer_propensities"]
    dbt += ["+model_performance", "+propensity_drivers", "+customer_accounts"]
    dbt += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    settings = {"raw_data": f"{data}/{{table}}.parquet", "as_of": str(as_of), "as_of_known_by": "event"}
    dbt += ["--vars", json.dumps({**settings, "consent_when_untracked": "allow", "allow_sample_salt": True})]
    dbt += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    subprocess.run(dbt, check=True, env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)})
    return warehouse, truth


def connect(warehouse: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse, with tables `chances` (planted, by customer and horizon) and `later` (days to what came)."""
    connection = duckdb.connect()
    connection.execute(f"attach '{warehouse}' as warehouse (read_only); use warehouse")
    # which part of whose orders a customer of the warehouse would be known by; guests split evenly
    connection.execute(
        f"""create temp table parts as
        with owned as (
            select accounts.customer_id, owners.person_id, sum(cast(owners.order_share as double)) as share
            from marts.customer_accounts as accounts
            inner join {truth_table(truth, "accounts")} as owners using (source_system, account_id)
            group by all
        )
        select owned.customer_id, owned.person_id,
            owned.share + cast(hazards.guest_share as double) / count(*) over (partition by owned.person_id) as share
        from owned inner join {truth_table(truth, "order_hazards")} as hazards using (person_id)"""
    )
    for target, days in HORIZONS.items():
        numbers = [
            f"cast(hazards.orders_{days}d_{count} as double) * power(1 - parts.share, {count})" for count in range(MANY + 1)
        ]
        connection.execute(
            f"""create temp table chances_{target} as
            select parts.customer_id, 1 - exp(sum(ln(greatest({" + ".join(numbers)}, 1e-12)))) as chance
            from parts inner join {truth_table(truth, "order_hazards")} as hazards using (person_id)
            group by parts.customer_id"""
        )
    # by the account, or by the person behind a guest who left a contact, if that person is one customer
    raw = truth.parent / truth.name.removesuffix("_truth")
    connection.execute(
        f"""create temp table later as
        with alone as (
            select person_id, min(customer_id) as customer_id from parts group by person_id having count(*) = 1
        ),
        placed as (
            select coalesce(accounts.customer_id, alone.customer_id) as customer_id,
                date_diff('day', as_of.as_of, cast(cast(orders.ordered_at as timestamp) as date)) as days
            from {truth_table(raw, "orders")} as orders
            cross join staging.stg_commerce__as_of as as_of
            left join marts.customer_accounts as accounts using (source_system, account_id)
            left join {truth_table(truth, "guest_orders")} as guests
                on orders.order_id = guests.order_id and cast(guests.has_contact as boolean)
            left join alone on guests.person_id = alone.person_id
            where orders.status != 'cancelled' and cast(orders.ordered_at as timestamp) >= as_of.as_of
        )
        select customer_id, min(days) as days from placed where customer_id is not null group by customer_id"""
    )
    return connection


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """Chance that a case has the higher score of two; of weights, when labels are chances."""
    order = np.argsort(score, kind="stable")
    label, score = label[order], score[order]
    _, start, count = np.unique(score, return_index=True, return_counts=True)
    cases = np.add.reduceat(label, start)
    others = count - cases
    below = np.cumsum(others) - others
    return float((cases * (below + others / 2)).sum() / (cases.sum() * others.sum()))


def error(score: np.ndarray, came: np.ndarray) -> float:
    """Mean error of calibration over tenths of the score."""
    tenths = np.array_split(np.argsort(score, kind="stable"), 10)
    return float(sum(abs(score[rows].sum() - came[rows].sum()) for rows in tenths) / len(score))


def trees(connection: duckdb.DuckDBPyConnection, target: str) -> float | None:
    """AUC of LightGBM on the holdout, learned from the same terms and days."""
    try:
        from lightgbm import LGBMClassifier
    except ImportError:
        return None
    names = [f"x_{number}" for number in range(1, 200)]
    known = {name for (name,) in connection.execute(
        "select column_name from duckdb_columns() where table_name = 'int_propensity_examples'"
    ).fetchall()}  # fmt: skip
    columns = ", ".join(name for name in names if name in known)
    data = {}
    for role in ("training", "holdout"):
        data[role] = np.array(connection.execute(
            f"""select label, {columns} from intermediate.int_propensity_examples
            inner join intermediate.int_prediction_targets using (fit_no)
            where target = ? and role = ? order by all""", [target, role]
        ).fetchall(), dtype=float)  # fmt: skip
    model = LGBMClassifier(**TREES, verbosity=-1)
    model.fit(data["training"][:, 1:], data["training"][:, 0])
    return auc(data["holdout"][:, 0], model.predict_proba(data["holdout"][:, 1:])[:, 1])


def propensities(connection: duckdb.DuckDBPyConnection) -> list[Found]:
    """The targets that ask for an order."""
    result = []
    for target, days in HORIZONS.items():
        rows = connection.execute(
            f"""select probability, chance, coalesce(later.days < {days}, false), model_used
            from marts.customer_propensities inner join chances_{target} using (customer_id) left join later using (customer_id)
            where target = ?""", [target]
        ).fetchall()  # fmt: skip
        score, chance, came = (np.array([row[place] for row in rows], dtype=float) for place in range(3))
        holdout = connection.execute(
            "select auc from marts.model_performance where target = ? and split = 'holdout' and model = 'logistic'", [target]
        ).fetchall()  # fmt: skip
        result.append(Found(
            target, rows[0][3], len(rows), score.sum(), chance.sum(), int(came.sum()), error(score, chance),
            error(score, came), auc(came, score), auc(came, chance), holdout[0][0], trees(connection, target),
        ))  # fmt: skip
    return result


def reasons(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[float, float]]:
    """Mean number told where an input raises the probability, and where it lowers it, by target and input."""
    told: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    texts = {}
    for name, text in connection.execute("select input, text_en from reference.prediction_inputs").fetchall():
        texts[name] = re.compile(re.escape(text).replace(re.escape("{n}"), "([0-9]+)") + r" \((raises|lowers)\)")
    for target, reason in connection.execute("select target, top_reasons from marts.customer_propensities").fetchall():
        for name in PLANTED:
            for number, way in texts[name].findall(reason):
                told.setdefault((target, name), ([], []))[way == "lowers"].append(int(number))
    return {key: (np.mean(up or [np.nan]), np.mean(down or [np.nan])) for key, (up, down) in told.items()}


def drivers(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[tuple[str, str, int, int]]:
    """Per target and planted input: direction planted, direction found (0: none)."""
    numbers = reasons(connection)
    planted = connection.execute(
        f"select name, sign(cast(size as double)) from {truth_table(truth, 'planted_effects')} where effect = 'order_chance'"
    ).fetchall()
    clear = dict(connection.execute(
        """select (target, input), max(case direction when 'raises' then 1 when 'lowers' then -1 else 0 end)
            + min(case direction when 'raises' then 1 when 'lowers' then -1 else 0 end)
        from marts.propensity_drivers group by all"""
    ).fetchall())  # fmt: skip
    result = []
    for target in HORIZONS:
        for name, way in planted:
            up, down = numbers.get((target, name), (np.nan, np.nan))
            found = np.sign(up - down) if way and up == up and down == down else np.sign(clear.get((target, name), 0))
            result.append((target, name, int(way), int(found)))
    return result


def report(warehouse: Path, truth: Path, name: str) -> None:
    """Print one shop."""
    with connect(warehouse, truth) as connection:
        for found in propensities(connection):
            trees_text = "–" if found.trees_auc is None else f"{found.trees_auc:.3f}"
            print(
                f"{name} {found.target} {found.model}: {found.people} people, foretold {found.foretold:.0f},"
                f" planted {found.planted:.0f}, came {found.came}; error {found.error_planted:.3f} to the planted chances,"
                f" {found.error_came:.3f} to what came; AUC {found.auc:.3f}, of the planted chances {found.auc_planted:.3f};"
                f" holdout {found.holdout_auc:.3f}, LightGBM {trees_text}"
            )
        for target, driver, planted, way in drivers(connection, truth):
            words = {1: "raises", -1: "lowers", 0: "nothing"}
            print(f"    {target} {driver}: planted {words[planted]}, found {words[way]}", flush=True)


def arguments() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench.propensity_truth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104, 105])
    parser.add_argument("--presets", nargs="+", default=["default", "hard"])
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/customer360_propensities"))
    return parser.parse_args()


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
