"""One run: parts of the people in turn or in two processes, files, truth, progress."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import truth
from .block import TRUTH_PER_BLOCK, Block, make_block
from .frame import concat
from .settings import BLOCK_CUSTOMERS, Settings, contract
from .world import World, make_world
from .writer import Writer


@dataclass(frozen=True)
class Job:
    """What to write, and where."""

    settings: Settings
    file_format: str
    out: Path
    truth: Path | None
    prefix: str
    tables: tuple[str, ...]
    blocks_per_file: int
    workers: int

    @property
    def is_single(self) -> bool:
        """One file per table."""
        return self.settings.blocks <= self.blocks_per_file

    @property
    def parts(self) -> int:
        """Files per table."""
        return -(-self.settings.blocks // self.blocks_per_file)

    def path(self, folder: Path, table: str, part: int, prefix: str = "") -> Path:
        """The file of a table, or of one part of it."""
        if self.is_single:
            return folder / f"{prefix}{table}.{self.file_format}"
        return folder / table / f"part-{part:05d}.{self.file_format}"


@dataclass
class Outcome:
    """What one part wrote: rows per table, and planted rows per (table, kind, expected)."""

    part: int
    people: int
    rows: Counter[str]
    planted: Counter[tuple[str, str, str]]


_state: dict[str, Any] = {}


def _prepare(job: Job) -> None:
    """Once per process: the shared world and a connection."""
    _state["job"] = job
    _state["world"] = make_world(job.settings)
    _state["writer"] = Writer(contract(), job.file_format, job.settings.is_typed)


def _make_part(part: int) -> Outcome:
    """Simulate the blocks of one part and write its files."""
    job: Job = _state["job"]
    writer: Writer = _state["writer"]
    world: World = _state["world"]
    first = part * job.blocks_per_file
    numbers = range(first, min(first + job.blocks_per_file, job.settings.blocks))
    blocks = [make_block(job.settings, world, contract(), n, writer.text_rows) for n in numbers]
    rows: Counter[str] = Counter()
    for table in contract():
        if table in job.tables:
            rows[table] = _write_table(job, writer, blocks, table, part)
    if job.truth is not None:
        for table in TRUTH_PER_BLOCK:
            frame = concat([block.truth[table] for block in blocks])
            writer.write_truth(frame, job.path(job.truth, table, part))
    planted = Counter(
        (table, kind, expected)
        for block in blocks
        for spoiled in block.spoiled.values()
        for table, _, kind, _, expected in spoiled.planted
    )
    people = sum(job.settings.people_in(n) for n in numbers)
    return Outcome(part, people, rows, planted)


def _write_table(job: Job, writer: Writer, blocks: list[Block], table: str, part: int) -> int:
    """One table of one part; tables that belong to no customer stand in the first part only."""
    holders = [block for block in blocks if table in block.frames]
    if not holders:
        return 0
    frame = concat([block.frames[table] for block in holders])
    spoiled = [block.spoiled[table] for block in holders if block.spoiled]
    return writer.write_table(table, frame, spoiled, job.path(job.out, table, part, job.prefix))


def _outcomes(job: Job) -> Iterator[Outcome]:
    if job.workers == 1 or job.parts == 1:
        _prepare(job)
        yield from map(_make_part, range(job.parts))
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(job.workers, job.parts), _prepare, (job,)) as pool:
        yield from pool.imap(_make_part, range(job.parts))


def clear(job: Job) -> None:
    """Remove what an earlier run wrote to the same places, and nothing else."""
    extras = (*TRUTH_PER_BLOCK, *truth.NAMES)
    places = [(job.out, job.prefix, contract())]
    if job.truth is not None:
        places.append((job.truth, "", extras))
    for folder, prefix, tables in places:
        for table in tables:
            for path in (folder / table).glob("part-[0-9]*.*"):
                path.unlink()
            if (folder / table).is_dir() and not any((folder / table).iterdir()):
                (folder / table).rmdir()
            for ending in ("csv", "parquet"):
                (folder / f"{prefix}{table}.{ending}").unlink(missing_ok=True)


def run(job: Job, is_quiet: bool = False) -> Counter[str]:
    """Make everything; returns the rows written per raw table."""
    started = time.monotonic()
    clear(job)
    rows: Counter[str] = Counter()
    planted: Counter[tuple[str, str, str]] = Counter()
    people = 0
    for outcome in _outcomes(job):
        rows += outcome.rows
        planted += outcome.planted
        people += outcome.people
        if not is_quiet:
            seconds = time.monotonic() - started
            print(
                f"{people:>10,} of {job.settings.customers:,} customers  "
                f"{sum(rows.values()):>13,} rows  {seconds:6.1f} s",
                file=sys.stderr,
                flush=True,
            )
    if job.truth is not None:
        truth.write(job.settings, job.truth, job.file_format, rows, planted)
    return rows


def blocks_for(customers: int) -> int:
    """Blocks that hold so many customers."""
    return int(np.ceil(customers / BLOCK_CUSTOMERS))
