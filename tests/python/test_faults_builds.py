"""Builds that are killed, run out of disk or memory, meet a damaged file or another build: nothing is
half done without saying so, and the next build gives what an undisturbed one gives, memories included.

A small shop of two days is built: the first day from nothing, the second day upon it. Every fault meets
the build of the second day. `make test-faults` has 50 kills, `make test` three.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from forked_builds import ROOT, BuildServer
from scripts import build as make_build
from scripts import fingerprint, memory, rewrite_warehouse
from scripts.warehouse import build_state, warning_of

pytestmark = pytest.mark.faults
FULL = os.environ.get("CUSTOMER360_FAULTS") == "full"
SEED = int(os.environ.get("CUSTOMER360_FAULTS_SEED", "16"))
# how many kills stand before each recovery
CHAINS = [1, 2, 3, 1, 3] * 5 if FULL else [3]
full_only = pytest.mark.skipif(not FULL, reason="long form: make test-faults")
# all memories, facts by day, a fit of the graph: what a build may leave half done
ROOTS = ["customer_tag_history", "identity_merges", "erasure_log", "touchpoints", "sessions", "build_state"]
# tables that the erasure asks for by name
ROOTS += ["int_identities_numbered", "int_recommendation_customers"]
Prints = dict[str, Any]


@dataclass
class Shop:
    """The warehouse of the small shop, its first day, and what its second day must come to."""

    folder: Path
    server: BuildServer
    first: Prints
    second: Prints
    third: Prints
    events: int
    models: list[tuple[str, str]]

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def back_to_the_first_day(self) -> None:
        """The warehouse as the first day left it."""
        for file in self.folder.glob("warehouse.duckdb*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        shutil.copy(self.folder / "first.duckdb", self.warehouse)

    def prints(self) -> Prints:
        """Fingerprints of all tables."""
        return fingerprint.of_warehouse(self.warehouse)

    def state(self) -> dict[str, Any]:
        """marts.build_state; the file has to open."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return build_state(connection)

    def tells_the_truth(self) -> str:
        """The status; `complete` only where all marts are of the first day or all of the second."""
        status = self.state()["status"]
        if status == "complete":
            marts = {name: value for name, value in self.prints().items() if name.startswith("marts.")}
            days = [
                {name: value for name, value in day.items() if name.startswith("marts.")}
                for day in (self.first, self.second)
            ]
            assert any(not fingerprint.changed(day, marts) for day in days)
        else:
            assert warning_of(self.state())
        return status

    def recovers(self) -> None:
        """The next build gives the second day."""
        done = self.server.build()
        assert done["exit"] == 0, self.server.log()[-3000:]
        self.is_the_second_day()

    def is_the_second_day(self) -> None:
        """Every table equals that of the undisturbed build."""
        prints = self.prints()
        # steps before an erasure are cleaned by the build that carries it out, and made without the person by the next
        assert set(fingerprint.changed(self.second, prints)) & set(fingerprint.changed(self.third, prints)) == set()
        assert self.state()["status"] == "complete"


def write_days(folder: Path) -> None:
    """Raw files of both days: on the first a quarter of the rows is not there yet."""
    command = [sys.executable, "-m", "scripts.simulate", "--customers", "40", "--seed", "5", "--months", "12"]
    # requests of erasure, some of them unreadable, come on the second day
    subprocess.run([*command, "--out", str(folder / "day_2"), "--truth", "none"], cwd=ROOT, check=True, capture_output=True)
    (folder / "day_1").mkdir()
    for path in sorted((folder / "day_2").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as source:
            header, *rows = csv.reader(source)
        late = path.stem == "erasure_requests"
        known = [row for row in rows if not late and zlib.crc32("|".join(row).encode()) % 4 > 0]
        with (folder / "day_1" / path.name).open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows([header, *known])


def deliver(folder: Path, day: str) -> None:
    """Make the files of a day the raw files."""
    shutil.rmtree(folder / "raw", ignore_errors=True)
    shutil.copytree(folder / day, folder / "raw")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Both days built without any fault; a reader looks on while the second is."""
    folder = tmp_path_factory.mktemp("faults")
    write_days(folder)
    deliver(folder, "day_1")
    environment = {"CUSTOMER360_WAREHOUSE": str(folder / "warehouse.duckdb"), "CUSTOMER360_MEMORY": "2GB"}
    server = BuildServer(folder, ROOTS, str(folder / "raw" / "{table}.csv"), environment)
    warehouse = folder / "warehouse.duckdb"

    def built(**more: Any) -> tuple[Prints, int]:
        done = server.build(**more)
        assert done["exit"] == 0, server.log()[-3000:]
        duckdb.connect(str(warehouse)).close()  # what stands in the log file goes into the warehouse
        return fingerprint.of_warehouse(warehouse), done["events"]

    first, _ = built()
    shutil.copy(warehouse, folder / "first.duckdb")
    deliver(folder, "day_2")
    second, events = built(reader=str(folder / "reader.json"))
    third, _ = built()
    models = [
        ("intermediate", name.removeprefix("intermediate."))
        for name in second
        if name.removeprefix("intermediate.") in {
            "int_customer_register", "int_tag_changes", "int_erasures", "int_erasure_suppressions", "int_reference_dates",
        }
    ]  # fmt: skip
    yield Shop(folder, server, first, second, third, events, models)
    server.close()


def test_the_second_day_changes_every_memory(shop: Shop) -> None:
    """Else the faults would have nothing to spoil."""
    changed = fingerprint.changed(shop.first, shop.second)
    assert {f"{schema}.{table}" for schema, table in shop.models} <= set(changed) | {"intermediate.int_reference_dates"}
    assert len([name for name in changed if name.startswith("marts.")]) >= 8
    assert shop.first["marts.build_state"] != shop.second["marts.build_state"]
    # and a third build of the same data changes no mart and no memory
    again = fingerprint.changed(shop.second, shop.third)
    assert [name for name in again if name.startswith("marts.") or name.split(".")[1] in dict(map(reversed, shop.models))] == []


def test_a_reader_sees_no_error_and_no_half_table(shop: Shop) -> None:
    """While the second day was built, each table had the rows of one day or of the other."""
    report = json.loads((shop.folder / "reader.json").read_text("utf-8"))
    assert report["errors"] == []
    assert report["rounds"] >= 5
    assert len(report["seen"]) > 8
    for table, counts in report["seen"].items():
        assert set(counts) <= {shop.first[table][0], shop.second[table][0]}, table


@full_only
def test_partial_build_after_a_kill_is_not_complete(shop: Shop) -> None:
    """Nor does a whole set of marts from older steps count: only a build of everything."""
    shop.back_to_the_first_day()
    shop.server.build(stop_at=int(0.9 * shop.events))
    assert shop.tells_the_truth() == "running"
    # where the kill left an erased person in a table of the first day, marts alone would be refused
    shop.back_to_the_first_day()
    assert shop.server.build(options=["--select", "path:models/marts"])["exit"] == 0
    state = shop.state()
    assert state["status"] == "mixed"
    assert state["marts_of_this_build"] == state["mart_count"]
    assert "models of earlier ones" in state["reason"]
    assert shop.server.build(options=["--select", "build_state"])["exit"] == 0
    state = shop.state()
    assert state["status"] == "mixed"
    assert f"1 of {state['mart_count']} marts" in state["reason"]
    # without the model build_state the reference date is that of the base tables
    as_of = state["as_of"]
    assert shop.server.build(options=["--select", "identity_merges"])["exit"] == 0
    state = shop.state()
    assert state["status"] == "mixed"
    assert state["as_of"] == as_of is not None
    # steps before the marts change no mart: the state stays what it was
    assert shop.server.build(options=["--select", "path:models/staging"])["exit"] == 0
    assert shop.state() == state


def explained(shop: Shop, *words: str) -> None:
    """The build's output is explained in one line with these words and a remedy."""
    lines = shop.server.log().splitlines()
    line = make_build.what_happened(lines, shop.warehouse) or next(line for line in lines if "To mend it:" in line)
    assert "\n" not in line.strip()
    assert str(shop.warehouse) in line
    for word in (*words, "To mend it:"):
        assert word in line, line


def test_disk_full_then_too_little_memory(shop: Shop) -> None:
    """A limit of size ends writing as a full disk does; both leave a file that opens, and say what to do."""
    shop.back_to_the_first_day()
    # room for the log of the first statements, not for the tables
    done = shop.server.build(file_limit=2_000_000)
    assert done["exit"] != 0
    explained(shop, "the disk is full", "free space")
    # where the limit is met depends on the machine: before the first model is done, or at one whose error the run survives
    assert shop.tells_the_truth() in ("running", "mixed")
    done = shop.server.build(environment={"CUSTOMER360_MEMORY": "18MB"})
    assert done["exit"] != 0
    explained(shop, "within the memory allowed", "CUSTOMER360_MEMORY")
    assert shop.tells_the_truth() != "complete"
    if FULL:
        shop.recovers()


def test_a_second_build_is_refused(shop: Shop) -> None:
    """While somebody has the file open for writing, a build says who, and changes nothing."""
    shop.back_to_the_first_day()
    with duckdb.connect(str(shop.warehouse)):
        assert shop.server.build()["exit"] != 0
        explained(shop, f"in use by another process (PID {os.getpid()})", "wait until it ends")
        assert "Traceback" not in shop.server.log()
    changed = fingerprint.changed(shop.first, shop.prints())
    assert [name for name in changed if not name.startswith("raw.")] == []  # views over the files of the day


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_damaged_file_is_refused(shop: Shop, damage: str) -> None:
    shop.back_to_the_first_day()
    with shop.warehouse.open("r+b") as file:
        if damage == "cut":
            file.truncate(shop.warehouse.stat().st_size // 2)
        else:
            file.write(random.Random(SEED).randbytes(4096))
    assert shop.server.build()["exit"] != 0
    explained(shop, "is damaged", "docs/backup.md")
    assert "Traceback" not in shop.server.log()


def test_a_lost_warehouse_comes_back_with_the_same_ids(shop: Shop) -> None:
    """Memories of the first day, exported and imported into a new file: the second day comes out the same."""
    shop.back_to_the_first_day()
    folder = shop.folder / "export"
    memory.export_memories(folder, shop.warehouse, shop.models)
    shop.warehouse.unlink()
    memory.import_memories(folder, shop.warehouse, shop.models)
    done = shop.server.build()
    assert done["exit"] == 0, shop.server.log()[-3000:]
    assert shop.state()["status"] == "complete"
    # facts by day hold a row for a day that erasure emptied, which a new file never had
    kept = {f"{schema}.{table}" for schema, table in shop.models}
    changed = fingerprint.changed(shop.third, shop.prints())
    assert [name for name in changed if name.startswith("marts.") or name in kept] == []


@full_only
def test_a_rewritten_warehouse_is_the_same_to_the_next_build(shop: Shop) -> None:
    shop.back_to_the_first_day()
    before = shop.prints()["intermediate.int_customer_register"]
    rewrite_warehouse.rewrite(shop.warehouse)
    assert shop.prints()["intermediate.int_customer_register"] == before
    shop.recovers()


def chains() -> list[list[tuple[float, float]]]:
    """Seeded moments, as shares of a build and seconds after it; several kills may stand in a row."""
    chance = random.Random(SEED)
    # spread over the whole build, first and last statements included
    count = sum(CHAINS)
    moments = [((place + chance.random()) / count, chance.random() * 0.1) for place in range(count)]
    chance.shuffle(moments)
    return [[moments.pop() for _ in range(length)] for length in CHAINS]


@pytest.mark.parametrize("kills", chains(), ids=lambda kills: "-".join(f"{share:.3f}" for share, _ in kills))
def test_a_killed_build_says_so_and_the_next_one_is_right(shop: Shop, kills: list[tuple[float, float]]) -> None:
    shop.back_to_the_first_day()
    for share, delay in kills:
        done = shop.server.build(stop_at=1 + int(share * shop.events), delay=delay)
        assert done["exit"] in (-9, 0)  # 0: the end came before the delay was over
        shop.tells_the_truth()
    shop.recovers()
