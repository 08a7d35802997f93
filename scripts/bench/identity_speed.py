"""Connected components inside dbt beside scipy and Splink on the same links: chains of 5,000 and random links.

    python -m scripts.bench.identity_speed [IDENTIFIERS ...]        (default 1000000)

Seconds of dbt are those of the iterating model, from its start to the finished table. Splink (requirements-heavy.txt)
is stopped when it needs more than ten times as long and more than a minute.
"""

from __future__ import annotations

import json
import multiprocessing
import queue
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/python"))
from engines import SmallProject  # noqa: E402

GROUPS = """
{{ config(
    materialized='iterate', init_model='start', max_iterations=60,
    metric_sql='select count(*) from {next} where row_kind = 1'
) }}
{{ contraction_step(ref('start')) }}
"""


def links(identifiers: int) -> np.ndarray:
    """Half of the accounts in chains of 5,000, half joined at random; numbered at random."""
    rng = np.random.default_rng(3)
    half = identifiers // 2
    chain = np.column_stack([np.arange(half - 1), np.arange(1, half)])
    chain = chain[(chain[:, 0] + 1) % 5000 != 0]
    loose = rng.integers(half, identifiers, (int(half * 0.6), 2))
    loose = loose[loose[:, 0] != loose[:, 1]]
    return rng.permutation(identifiers)[np.vstack([chain, loose])]


def splink(identifiers: int, pairs: np.ndarray, answer: multiprocessing.Queue) -> None:
    """Seconds and number of groups of Splink's clustering, put into the queue."""
    from splink.backends.duckdb import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    api = DuckDBAPI()
    nodes = pa.table({"node": np.arange(identifiers)})
    edges = pa.table({"node_l": pairs[:, 0], "node_r": pairs[:, 1]})
    began = time.perf_counter()
    clusters = cluster_pairwise_predictions_at_threshold(nodes, edges, api, "node")
    count = api._con.execute(f"select count(distinct cluster_id) from {clusters.physical_name}").fetchall()[0][0]
    answer.put((time.perf_counter() - began, count))


def splink_within(identifiers: int, pairs: np.ndarray, limit: float) -> tuple[float, int] | None:
    """The same in a process of its own, or none if it needs more seconds than the limit."""
    answer: multiprocessing.Queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=splink, args=(identifiers, pairs, answer))
    process.start()
    try:
        return answer.get(timeout=limit)
    except queue.Empty:
        return None
    finally:
        process.kill()


def run(identifiers: int) -> None:
    """One size: the methods must agree, then their times."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = links(identifiers)
    with tempfile.TemporaryDirectory() as folder:
        project = SmallProject(Path(folder), ["cross_db", "identity", "materializations"], "bench")
        with duckdb.connect(str(project.database)) as connection:
            connection.execute("create schema bench")
            connection.execute("create table bench.links as select * from (select unnest($1) as node_a, unnest($2) as node_b)",
                               [pairs[:, 0].tolist(), pairs[:, 1].tolist()])  # fmt: skip
        project.write("models/start.sql", "{{ contraction_start('bench.links') }}")
        project.write("models/groups.sql", GROUPS)
        done = project.dbt("run")
        assert done.returncode == 0, done.stdout
        results = json.loads((project.folder / "target/run_results.json").read_text("utf-8"))["results"]
        seconds = next(r["execution_time"] for r in results if r["unique_id"].endswith("groups"))
        rounds = project.fetch("select count(*) from bench.groups__history")[0][0]
        with duckdb.connect(str(project.database), read_only=True) as connection:
            found = connection.execute("select node, label from bench.groups where row_kind = 0").fetchnumpy()
    began = time.perf_counter()
    ones = np.ones(len(pairs), dtype=np.int8)
    count, labels = connected_components(coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(identifiers,) * 2), directed=False)
    peer = time.perf_counter() - began
    expected = labels[found["node"]]
    same = len(np.unique(np.column_stack([expected, found["label"]]), axis=0)) == len(np.unique(expected)) == len(np.unique(found["label"]))
    print(f"{identifiers:>10,} identifiers  {len(pairs):>10,} links  dbt {seconds:6.2f} s in {rounds} rounds  scipy {peer:5.2f} s  equal: {same}", end="", flush=True)
    limit = max(60.0, 10 * seconds)
    other = splink_within(identifiers, pairs, limit)
    print(f"  Splink {other[0]:.1f} s  equal: {other[1] == count}" if other else f"  Splink: not done after {limit:.0f} s", flush=True)


if __name__ == "__main__":
    for size in [int(word) for word in sys.argv[1:]] or [1_000_000]:
        run(size)
