"""Shapley shares in the warehouse against numpy, in one run, and the cost by number of answers.

    python -m scripts.bench.survey_drivers --matrices 100 --answers 100000 1000000
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import duckdb
import jinja2
import numpy as np

MACROS = Path(__file__).resolve().parents[2] / "macros" / "statistics" / "shapley.sql"
DRIVERS = 12
ENTRIES = [(i, j) for i in range(1, DRIVERS + 2) for j in range(i, DRIVERS + 2)]


def shapley_sql(relation: str) -> str:
    """The macro's SQL over a relation with column replicate and the matrix."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    call = f"{{{{ shapley_ctes('{relation}', ['replicate'], {DRIVERS}) }}}}"
    ctes = environment.from_string(MACROS.read_text("utf-8") + call).render().rstrip().rstrip(",")
    return f"with {ctes} select * from shapley_shares order by replicate"


def shapley_numpy(covariance: np.ndarray) -> np.ndarray:
    """All 2^p regressions of one matrix, as one would write it in Python."""
    explained = np.zeros(2**DRIVERS)
    for members in range(1, 2**DRIVERS):
        chosen = [j for j in range(DRIVERS) if members >> j & 1]
        target = covariance[chosen, DRIVERS]
        explained[members] = target @ np.linalg.solve(covariance[np.ix_(chosen, chosen)], target)
    subsets = np.arange(2**DRIVERS)
    size = np.array([int(members).bit_count() for members in subsets])
    shares = np.zeros(DRIVERS)
    weight = np.array([1 / (DRIVERS * math.comb(DRIVERS - 1, s)) for s in range(DRIVERS)])
    for j in range(DRIVERS):
        without = subsets[(subsets >> j & 1) == 0]
        shares[j] = (weight[size[without]] * (explained[without | 1 << j] - explained[without])).sum()
    return shares / covariance[DRIVERS, DRIVERS]


def main() -> None:
    """Ratios, then times by size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--matrices", type=int, default=100)
    parser.add_argument("--answers", type=int, nargs="*", default=[100_000, 1_000_000])
    options = parser.parse_args()
    random = np.random.default_rng(3)
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    table = random.normal(size=(options.matrices, 500, DRIVERS + 1))
    table[:, :, DRIVERS] += table[:, :, :DRIVERS] @ random.normal(size=DRIVERS)
    matrices = [np.cov(part.T) for part in table]
    columns = ", ".join(f"cov_{i}_{j} double" for i, j in ENTRIES)
    connection.execute(f"create table matrices (replicate int, {columns})")
    connection.executemany(
        f"insert into matrices values ({', '.join('?' * (len(ENTRIES) + 1))})",
        [[k, *(float(m[i - 1, j - 1]) for i, j in ENTRIES)] for k, m in enumerate(matrices)],
    )
    start = time.perf_counter()
    rows = connection.execute(shapley_sql("matrices")).fetchall()
    warehouse = time.perf_counter() - start
    start = time.perf_counter()
    expected = [shapley_numpy(m) for m in matrices[:5]]
    peer = (time.perf_counter() - start) / 5 * options.matrices
    error = max(abs(np.array(row[2:]) - want).max() for row, want in zip(rows, expected, strict=False))
    print(f"{options.matrices} matrices of {DRIVERS} drivers: warehouse {warehouse:.2f} s, numpy {peer:.2f} s"
          f" (5 measured, scaled), ratio {peer / warehouse:.1f}, largest difference {error:.1e}")  # fmt: skip
    sums = ", ".join(f"sum(c{i} * c{j}) as cov_{i}_{j}" for i, j in ENTRIES)
    for count in options.answers:
        values = ", ".join(f"random() as c{i}" for i in range(1, DRIVERS + 2))
        connection.execute(f"create or replace table answers as select range % 256 as unit, {values} from range({count})")
        start = time.perf_counter()
        connection.execute(f"create or replace table parts as select unit, {sums} from answers group by unit")
        print(f"{count:,} answers to 256 parts with all cross products: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
