"""Time to fit and score one propensity beside scikit-learn, in one run and in seconds of the processors.

    python -m scripts.bench.propensity_speed WAREHOUSE 1000000

People of a built warehouse are multiplied to so many, each with inputs moved a little, at every cutoff that the target
needs. Counted for ours: the models from the terms to the probability of everybody, with the reasons, the baselines and
the measures on the holdout. For scikit-learn: LogisticRegression on all training rows of the same terms, once more on
the rows that ours draws, and predict_proba of everybody; reading the rows is not counted. Needs requirements-dev.txt.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from scripts.bench.measure import ROOT, Cost, measured, run_dbt

TARGET = "purchase_90d"
FIRST = "int_propensity_examples"
COUNTS = ("order_days_365d", "order_days_90d", "order_days_30d", "revenue_cents_365d", "sessions_30d", "sessions_90d")
BATCH = 250_000


def multiply(warehouse: Path, people: int) -> int:
    """Make the inputs of so many people, and leave one target; returns the rows of all its cutoffs."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set schema 'intermediate'; set preserve_insertion_order = false")
        connection.execute(f"delete from int_prediction_targets where target != '{TARGET}'")
        connection.execute(f"delete from int_prediction_roles where target != '{TARGET}'")
        known = connection.execute("select count(*) from int_prediction_people").fetchall()[0][0]
        copies = -(-people // known)
        connection.execute(
            f"""create or replace table int_prediction_people as
            select * replace (
                cast(copies.copy * {known} + person_no as int) as person_no,
                concat(customer_id, '-', copies.copy) as customer_id,
                (hash(person_no, copies.copy) % 1000000) / 1e6 as draw
            )
            from int_prediction_people cross join range({copies}) as copies(copy)
            where copies.copy * {known} + person_no <= {people}"""
        )
        moved = [f"{name} + cast(hash(person_no, copies.copy, '{name}') % 2 as int) as {name}" for name in COUNTS]
        connection.execute(
            f"""create or replace table int_prediction_inputs as
            select * replace (
                cast(copies.copy * {known} + person_no as int) as person_no,
                (hash(person_no, copies.copy) % 1000000) / 1e6 as draw, {", ".join(moved)}
            )
            from int_prediction_inputs cross join range({copies}) as copies(copy)
            where copies.copy * {known} + person_no <= {people}
                and days_before in (select days_before from int_prediction_roles)"""
        )
        return int(connection.execute("select count(*) from int_prediction_inputs").fetchall()[0][0])


def rows_of(connection: duckdb.DuckDBPyConnection, role: str, sampled: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and terms of a role, as numbers of four bytes where they are many."""
    columns = [name for (name,) in connection.execute(
        f"select column_name from duckdb_columns() where table_name = '{FIRST}' and column_name like 'x\\_%' escape '\\'"
    ).fetchall()]  # fmt: skip
    listed = ", ".join(f"cast({name} as float) as {name}" for name in columns)
    found = connection.execute(
        f"select coalesce(label, 0) as label, {listed} from intermediate.{FIRST} where role = ? and draw < ?", [role, sampled]
    ).fetchnumpy()
    return found["label"], np.column_stack([found[name] for name in columns])


def scikit(warehouse: Path, training_rows: int) -> dict[str, float]:
    """Seconds of scikit-learn: fit on all rows, fit on the rows that are drawn, and the scores."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    seconds = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        label, terms = rows_of(connection, "training")
        share = min(1.0, training_rows / len(label))
        for name, rows in (("all", slice(None)), ("drawn", np.random.default_rng(1).random(len(label)) < share)):
            costs: list[Cost] = []
            with measured(costs):
                scaler = StandardScaler().fit(terms[rows])
                model = LogisticRegression(C=1.0, max_iter=500).fit(scaler.transform(terms[rows]), label[rows])
            seconds[name] = costs[0].processor_seconds
        del label, terms
        _, today = rows_of(connection, "score")
        costs = []
        with measured(costs):
            for start in range(0, len(today), BATCH):
                model.predict_proba(scaler.transform(today[start : start + BATCH]))
        seconds["scores"] = costs[0].processor_seconds
    return seconds


def main(arguments: list[str]) -> int:
    """Print one block for each number of people."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(arguments[0])
    for people in [int(argument) for argument in arguments[1:]]:
        with tempfile.TemporaryDirectory(dir=ROOT / "target") as name:
            warehouse = Path(name) / "warehouse.duckdb"
            shutil.copy(source, warehouse)
            rows = multiply(warehouse, people)
            started = time.monotonic()
            whole, nodes = run_dbt(
                ["run", "-s", f"{FIRST}+,+int_propensity_scores", "--threads", "1"], warehouse, "propensity-speed"
            )
            elapsed = time.monotonic() - started
            ours = sum(cost.processor_seconds for cost in nodes.values())
            theirs = scikit(warehouse, 30_000)
        print(f"{people:,} people, {rows:,} rows of {TARGET} at all cutoffs; memory {whole.memory:.1f} GiB")
        print(f"  ours          {ours:7.1f} s of processors ({elapsed:.0f} s by the clock with dbt itself)")
        for fit in ("all", "drawn"):
            total = theirs[fit] + theirs["scores"]
            print(f"  scikit-learn  {total:7.1f} s of processors, fit on {fit} rows; ratio {ours / total:.1f}")
        for node, cost in sorted(nodes.items(), key=lambda item: -item[1].processor_seconds)[:8]:
            print(f"      {node.split('.')[-1]:28} {cost.processor_seconds:6.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
