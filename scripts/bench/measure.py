"""What benchmarks share: simulated files, the peers that read and copy them, and a metered dbt command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from scripts import raw_contract

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "bench"
SCANS = 3  # the peer is fast: the middle one of three runs counts
NO_TESTS = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]


class Cost(NamedTuple):
    """What a piece of work took: by the clock, of the processors, of memory and temporary files (peaks, GiB)."""

    seconds: float
    processor_seconds: float
    memory: float = 0.0
    spilled: float = 0.0


@contextmanager
def measured(into: list[Cost]) -> Iterator[None]:
    """Append the cost of the block, which runs in this process."""
    started, processor = time.monotonic(), time.process_time()
    yield
    into.append(Cost(time.monotonic() - started, time.process_time() - processor))


def simulate(customers: int) -> Path:
    """Make the raw files of so many customers unless they are there; returns their folder, one folder a table."""
    folder = WORK / f"raw-{customers}"
    stamp = folder / "_complete"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "scripts.simulate", "--customers", str(customers)]
        command += ["--format", "parquet", "--truth", "none", "--out", str(folder)]
        subprocess.run(command, check=True, cwd=ROOT)
        for file in list(folder.glob("*.parquet")):  # a small shop is one file a table
            (folder / file.stem).mkdir()
            file.rename(folder / file.stem / "part.parquet")
        stamp.touch()
    return folder


def linked(folder: Path, name: str) -> Path:
    """A folder of links to the files of another, so that files can be added without touching it."""
    copy = WORK / name
    shutil.rmtree(copy, ignore_errors=True)
    for table in raw_contract.load():
        if (folder / table).is_dir():
            (copy / table).mkdir(parents=True)
            for file in (folder / table).iterdir():
                (copy / table / file.name).symlink_to(file)
    return copy


def files_of(folder: Path) -> dict[str, list[str]]:
    """The Parquet files of each raw table that is there."""
    found = {table: sorted(map(str, (folder / table).glob("*.parquet"))) for table in raw_contract.load()}
    if not any(found.values()):
        raise SystemExit(f"no Parquet files of raw tables in the folders of {folder}")
    return {table: files for table, files in found.items() if files}


def plain_scan(folder: Path) -> tuple[Cost, int, int]:
    """Cost, rows and bytes of reading every value of every raw table with DuckDB alone."""
    files = files_of(folder)
    costs: list[Cost] = []
    rows = 0
    for _ in range(SCANS):
        with measured(costs), duckdb.connect() as connection:
            rows = sum(
                connection.execute(
                    "select count(*), bit_xor(hash(whole))"
                    f" from (select * from read_parquet({names}, union_by_name = true)) as whole"
                ).fetchall()[0][0]
                for names in files.values()
            )
    size = sum(Path(name).stat().st_size for names in files.values() for name in names)
    return sorted(costs)[SCANS // 2], rows, size


def copy_in(folder: Path) -> tuple[Cost, int]:
    """Cost and bytes of copying the raw tables as they are into a DuckDB file: the floor of a warehouse."""
    copy = WORK / "copy.duckdb"
    copy.unlink(missing_ok=True)
    costs: list[Cost] = []
    with measured(costs), duckdb.connect(str(copy)) as connection:
        for table, names in files_of(folder).items():
            connection.execute(f"create table {table} as from read_parquet({names}, union_by_name = true)")
        connection.execute("checkpoint")
    size = copy.stat().st_size
    copy.unlink()
    return costs[0], size


class TemporaryFiles(threading.Thread):
    """Looks how large the temporary files of a warehouse become while a command runs."""

    def __init__(self, warehouse: Path) -> None:
        super().__init__(daemon=True)
        self.folder = Path(f"{warehouse}.tmp")
        self.ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        """Twice a second until ended."""
        while not self.ended.wait(0.5):
            size = 0
            for file in self.folder.glob("*"):
                try:
                    size += file.stat().st_size
                except FileNotFoundError:  # gone meanwhile
                    continue
            self.peak = max(self.peak, size)


def run_dbt(command: list[str], warehouse: Path, label: str, raw: str | None = None) -> tuple[Cost, dict[str, Cost]]:
    """Run a dbt command on a warehouse; the cost in all, and of each node by its unique id.

    What dbt records goes to the folder of the label. Without raw files the sample is built.
    """
    # simulated people may be hashed with the salt that everybody knows; files of one's own may not
    known = raw is None or WORK in Path(raw).parents
    settings = {} if raw is None else {"raw_data": raw, **({"allow_sample_salt": True} if known else {})}
    target, file = WORK / label, WORK / f"{label}.json"
    temporary = TemporaryFiles(warehouse)
    temporary.start()
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench.meter", str(file), "--quiet", *command]
        + ["--target-path", str(target), "--vars", json.dumps(settings)],
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
        check=False,
    )
    temporary.ended.set()
    if done.returncode:
        raise SystemExit(f"dbt {' '.join(command)} ended with {done.returncode}")
    told = json.loads(file.read_text("utf-8"))
    nodes = {node: Cost(*costs) for node, costs in told["nodes"].items()}
    return Cost(told["seconds"], told["processor_seconds"], told["memory"], temporary.peak / 2**30), nodes
