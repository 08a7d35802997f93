"""How long a build takes and how much memory it needs, layer by layer, on simulated customers.

    python -m scripts.bench.foundation                              100,000 and 1,000,000 customers
    python -m scripts.bench.foundation --customers 5000
    python -m scripts.bench.foundation --data 'my/files/{table}.parquet'
    python -m scripts.bench.foundation --everything                 all marts, not these alone

Each size is built from its raw files into a warehouse of its own under `target/bench`, without
tests: the marts core and governance, RFM, and all that they rest on. The peer in the same run is plain DuckDB: one query per table that reads every value of the
same files and folds it into one number. Simulated files are kept and used again by the next run.

CUSTOMER360_MEMORY=7GB limits what DuckDB holds in memory; the rest goes through files.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from scripts import raw_contract

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "target" / "bench"
SIZES = [100_000, 1_000_000]
CUSTOMERS_PER_FILE = 25_000  # beyond it the simulator writes a folder of parts per table
MODELS_AT_A_TIME = 1  # each uses all processors; more at a time only share the memory
SCANS = 3  # the peer is fast: the middle one of three runs counts
FOUNDATION = [
    "+path:models/marts/core",
    "+path:models/marts/governance",
    "+customer_rfm",
    "+rfm_segment_flows",
]
LAYERS = ["raw check", "reference seeds", "base", "staging views", "intermediate", "marts"]


def simulate(customers: int) -> str:
    """Make the raw files of so many customers unless they are there; returns their path pattern."""
    folder = WORK / f"customers-{customers}"
    stamp = folder / "_complete"
    if not stamp.exists():
        command = [sys.executable, "-m", "scripts.simulate", "--customers", str(customers)]
        command += ["--format", "parquet", "--truth", "none", "--out", str(folder)]
        subprocess.run(command, check=True, cwd=ROOT)
        stamp.touch()
    return str(folder / ("{table}/*.parquet" if customers > CUSTOMERS_PER_FILE else "{table}.parquet"))


class Cost(NamedTuple):
    """What a piece of work took: by the clock, of the processors, of memory (peak, GiB)."""

    seconds: float
    processor_seconds: float
    memory: float = 0.0


def plain_scan(pattern: str) -> tuple[Cost, int, int]:
    """Cost, rows and bytes of reading every value of every raw table with DuckDB alone."""
    relations, size = [], 0
    for table in raw_contract.load():
        files = sorted(glob.glob(pattern.replace("{table}", table)))
        if files:
            relations.append(f"read_parquet({files}, union_by_name = true)")
            size += sum(Path(name).stat().st_size for name in files)
    if not relations:
        raise SystemExit(f"no Parquet files of raw tables at {pattern}")
    costs, rows = [], 0
    for _ in range(SCANS):
        started, processor = time.monotonic(), time.process_time()
        with duckdb.connect() as connection:
            counts = [
                connection.execute(
                    "select count(*), bit_xor(hash(whole))"
                    f" from (select * from {relation}) as whole"
                ).fetchall()[0][0]
                for relation in relations
            ]
        costs.append(Cost(time.monotonic() - started, time.process_time() - processor))
        rows = sum(counts)
    return sorted(costs)[SCANS // 2], rows, size


def build(
    pattern: str,
    name: str,
    selection: list[str],
    exclusion: list[str] | None = None,
    onto_old: bool = False,
    label: str = "",
) -> tuple[Cost, Path]:
    """Build from nothing, or onto the warehouse of this name; returns the cost and the warehouse.

    What dbt records goes to the folder of the name, or to one of its own if there is a label.
    """
    warehouse = WORK / f"{name}.duckdb"
    if not onto_old:
        warehouse.unlink(missing_ok=True)
    # simulated people may be hashed with the salt that everybody knows; files of one's own may not
    simulated = WORK in Path(pattern).parents
    settings = {"raw_data": pattern, **({"allow_sample_salt": True} if simulated else {})}
    command = [str(Path(sys.executable).parent / "dbt"), "--quiet", "build"]
    command += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    command += ["--threads", str(MODELS_AT_A_TIME)]
    command += ["--target-path", str(WORK / (label or name)), "--vars", json.dumps(settings)]
    if selection:
        command += ["--select", *selection]
    if exclusion:
        command += ["--exclude", *exclusion]
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)}
    )
    _, status, usage = os.wait4(process.pid, 0)  # the usage of this process and none other
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"dbt build ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    processor = usage.ru_utime + usage.ru_stime
    return Cost(seconds, processor, usage.ru_maxrss * unit / 2**30), warehouse


def layer_of(result: dict[str, Any], folders: dict[str, str]) -> str:
    """The layer that a node of run_results.json belongs to."""
    kind = result["unique_id"].split(".")[0]
    if kind == "operation":
        return "raw check"
    if kind == "seed":
        return "reference seeds"
    path = folders[result["unique_id"]]
    if path.startswith("staging/"):
        return "base" if "/base/" in path else "staging views"
    return path.split("/")[0]


def seconds_by_layer(target: Path) -> tuple[dict[str, float], list[tuple[float, str]]]:
    """Seconds spent in each layer, and the slowest models, from what dbt recorded."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    folders = {key: node["path"] for key, node in nodes.items()}
    layers = dict.fromkeys(LAYERS, 0.0)
    for result in results:
        layers[layer_of(result, folders)] += result["execution_time"]
    models = [
        (result["execution_time"], result["unique_id"].split(".")[-1])
        for result in results
        if result["unique_id"].startswith("model.")
    ]
    return layers, sorted(models, reverse=True)[:5]


def report(name: str, pattern: str, selection: list[str]) -> None:
    """Measure one set of raw files and print what was found."""
    scan, rows, size = plain_scan(pattern)
    built, warehouse = build(pattern, name, selection)
    layers, slowest = seconds_by_layer(WORK / name)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        counted = connection.execute(
            "select (select count(*) from marts.customers), (select count(*) from marts.orders),"
            " (select sum(raw_rows) from marts.source_reconciliation)"
        ).fetchall()[0]
    if counted[2] != rows:
        raise SystemExit(f"{name}: {counted[2]:,} raw rows in the warehouse, {rows:,} in the files")

    print(f"\n{name}: {rows:,} raw rows, {size / 2**20:,.0f} MiB of Parquet,", end=" ")
    print(f"{counted[0]:,} customers, {counted[1]:,} orders in the marts")
    print(f"  {'layer':18} {'seconds':>9} {'share':>7}   (sum over models, which run one after the other)")
    busy = sum(layers.values())
    for layer, spent in layers.items():
        print(f"  {layer:18} {spent:>9.1f} {100 * spent / busy:>6.1f}%")
    print(f"  {'':18} {'clock':>9} {'processor':>10}")
    print(f"  {'build':18} {built.seconds:>9.1f} {built.processor_seconds:>10.1f}", end="")
    print(f"   {rows / built.seconds:,.0f} raw rows a second")
    print(f"  {'plain scan':18} {scan.seconds:>9.2f} {scan.processor_seconds:>10.2f}")
    clock = built.seconds / scan.seconds
    processor = built.processor_seconds / scan.processor_seconds
    print(f"  {'build / scan':18} {clock:>9.1f} {processor:>10.1f}")
    print(f"  {'peak memory':18} {built.memory:>9.2f}   GiB, of the dbt process")
    print(f"  {'warehouse':18} {warehouse.stat().st_size / 2**20:>9,.0f}   MiB")
    print("  slowest: " + ", ".join(f"{model} {spent:.1f} s" for spent, model in slowest), flush=True)


def main(arguments: list[str]) -> int:
    """Measure every size, or the files named; returns the exit code."""
    parser = argparse.ArgumentParser(description="Time and memory of a build, by layer.")
    parser.add_argument("--customers", type=int, nargs="+", default=SIZES, help="sizes to simulate")
    parser.add_argument("--data", help="path pattern of Parquet files with {table}, instead")
    parser.add_argument("--everything", action="store_true", help="build all marts")
    options = parser.parse_args(arguments)
    selection = [] if options.everything else FOUNDATION
    WORK.mkdir(parents=True, exist_ok=True)
    if options.data:
        report("data", str(Path(options.data).absolute()), selection)
        return 0
    for customers in options.customers:
        report(f"customers-{customers}", simulate(customers), selection)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
