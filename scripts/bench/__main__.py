"""`make bench`: what a build costs, beside the floor, at any size; from nothing to the table in one go.

    make bench                                                100,000 customers, everything
    make bench ARGS="--customers 1000000 --parts build"
    make bench ARGS="--data my/files"                         Parquet files, one folder a table

Parts:
    build   scan and copy of the raw files, then every model from nothing: processors, bytes, memory, by folder
    tests   all tests of data on what was built
    day     one more day, with late rows, corrections, a merge and an erasure, built onto it
    funnel  a funnel beside ClickHouse's windowFunnel (requirements-heavy.txt)
    clv     the fits of customer lifetime value beside lifetimes (requirements-dev.txt)
    sample  the sample built twice: the second time with the parse kept

The ratio to copying the raw files in, as they are, is what to compare between machines and days: both are
measured in the same run, in seconds of the processors. Raw files are kept in target/bench and used again.
CUSTOMER360_MEMORY=7GB limits what DuckDB holds in memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import duckdb

from scripts.bench import next_day, peers
from scripts.bench.measure import NO_TESTS, WORK, Cost, copy_in, linked, plain_scan, run_dbt, simulate

PARTS = ("build", "tests", "day", "funnel", "clv", "sample")
SLOWEST = 12
BLOCK = 2**18  # bytes of a block of a DuckDB file
Lines = list[tuple[str, str]]


def show(title: str, lines: Lines) -> None:
    """One table of Markdown."""
    width = max(len(name) for name, _ in lines)
    print(f"\n| {title:{width}} | |\n|{'-' * (width + 2)}|---|")
    for name, value in lines:
        print(f"| {name:{width}} | {value} |")
    sys.stdout.flush()


def told(cost: Cost, floor: Cost) -> str:
    """A cost in words, and beside the copy of the raw files."""
    ratio = cost.processor_seconds / floor.processor_seconds
    return f"{cost.processor_seconds:.0f} s of processors, {cost.seconds:.0f} s by the clock, {ratio:.1f} × copy-in"


def by_folder(nodes: dict[str, Cost], label: str, whole: Cost, warehouse: Path) -> Lines:
    """Of each folder of models, of seeds, and of what is around the nodes: processor seconds, and the rows and bytes of its tables."""
    known = json.loads((WORK / label / "manifest.json").read_text("utf-8"))["nodes"]
    spent: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    size: Counter[str] = Counter()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = {f"{schema}.{name}" for schema, name in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()}
        for node, cost in nodes.items():
            path = Path(known[node]["path"]) if node in known else Path("steps before and after/_")
            folder = "seeds" if node.startswith("seed.") else str(path.parent).replace("/base", ", base")
            spent[folder] += cost.processor_seconds
            table = f"{known[node]['schema']}.{known[node]['alias']}" if node in known else ""
            if table in tables:
                ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
                ((blocks,),) = connection.execute(
                    f"select count(distinct block_id) from pragma_storage_info('{table}') where persistent"
                ).fetchall()
                rows[folder] += count
                size[folder] += blocks * BLOCK
    spent["dbt itself"] = whole.processor_seconds - sum(spent.values())
    return [
        (folder, f"{seconds:.1f} s" + (f", {rows[folder] / 1e6:.1f} M rows, {size[folder] / 2**20:,.0f} MiB" if rows[folder] else ""))
        for folder, seconds in spent.most_common()
    ]


def slowest(nodes: dict[str, Cost]) -> str:
    """The nodes that cost most."""
    first = sorted(nodes.items(), key=lambda item: -item[1].processor_seconds)[:SLOWEST]
    return ", ".join(f"{node.split('.')[-1]} {cost.processor_seconds:.1f}" for node, cost in first)


def share_of(now: Cost, before: Cost) -> str:
    """One cost as a share of another."""
    return f"{now.processor_seconds / before.processor_seconds:.2f}"


def report(raw: Path, name: str, parts: set[str]) -> None:
    """Measure one set of raw files and print what was found."""
    folder = linked(raw, f"{name}-days")
    pattern = f"{folder}/{{table}}/*.parquet"
    warehouse = WORK / f"{name}.duckdb"
    warehouse.unlink(missing_ok=True)
    scan, rows, raw_bytes = plain_scan(folder)
    floor, copied = copy_in(folder)
    full, nodes = run_dbt(["build", *NO_TESTS], warehouse, name, pattern)
    size = warehouse.stat().st_size
    folders = by_folder(nodes, name, full, warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        read, customers = connection.execute(
            "select sum(raw_rows), (select count(*) from marts.customers) from marts.source_reconciliation"
        ).fetchall()[0]
    if read != rows:
        raise SystemExit(f"{name}: {read:,} raw rows in the warehouse, {rows:,} in the files")
    lines = [
        ("raw rows", f"{rows:,}, {raw_bytes / 2**20:,.0f} MiB of Parquet; {customers:,} customers in the marts"),
        ("plain scan", f"{scan.processor_seconds:.1f} s of processors"),
        ("copy-in", f"{floor.processor_seconds:.1f} s of processors, {copied / 2**20:,.0f} MiB"),
        ("everything", told(full, floor)),
        ("warehouse", f"{size / 2**20:,.0f} MiB, {size / copied:.1f} × copy-in"),
        ("peak memory; temporary files", f"{full.memory:.1f} GiB; {full.spilled:.1f} GiB"),
    ]
    if "tests" in parts:
        tests, _ = run_dbt(["test", "--exclude-resource-type", "unit_test"], warehouse, f"{name}-tests", pattern)
        lines.append(("tests of data", f"{told(tests, floor)}, {share_of(tests, full)} of the build"))
    if "funnel" in parts:
        lines += peers.funnel(warehouse, name)
    if "clv" in parts:
        lines += peers.lifetime_value(warehouse, nodes)
    if "day" in parts:
        more = next_day.write(folder)
        day, day_nodes = run_dbt(["build", *NO_TESTS], warehouse, f"{name}-day", pattern)
        lines.append((f"one more day of {more:,} rows", f"{told(day, floor)}, {share_of(day, full)} of the full build"))
        lines.append(("slowest of the day", slowest(day_nodes)))
    lines.append(("slowest", slowest(nodes)))
    show(name, lines)
    show("by folder", folders)


def sample() -> None:
    """Build the sample twice; what counts is the second time, which a daily build is."""
    warehouse = WORK / "sample.duckdb"
    warehouse.unlink(missing_ok=True)
    shutil.rmtree(WORK / "sample", ignore_errors=True)
    first, _ = run_dbt(["build", *NO_TESTS], warehouse, "sample")
    second, _ = run_dbt(["build", *NO_TESTS], warehouse, "sample")
    tested, _ = run_dbt(["build", "--exclude-resource-type", "unit_test"], warehouse, "sample")
    show("sample, one model at a time", [
        ("from nothing", f"{first.seconds:.0f} s by the clock, {first.processor_seconds:.0f} s of processors"),
        ("again", f"{second.seconds:.0f} s by the clock, {second.processor_seconds:.0f} s of processors"),
        ("again, with tests", f"{tested.seconds:.0f} s by the clock, {tested.processor_seconds:.0f} s of processors"),
    ])  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure every size, or the files named; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, nargs="+", default=[100_000], help="sizes to simulate")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure")
    parser.add_argument("--data", type=Path, help="folder with a folder of Parquet files for each table, instead")
    options = parser.parse_args(arguments)
    WORK.mkdir(parents=True, exist_ok=True)
    parts = set(options.parts)
    if parts != {"sample"}:
        if options.data:
            report(options.data.absolute(), "data", parts)
        else:
            for customers in options.customers:
                report(simulate(customers), f"customers-{customers}", parts)
    if "sample" in parts:
        sample()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
