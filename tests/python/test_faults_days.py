"""Ten days of deliveries come to what one build of the last day gives, with the same memories.

A simulated shop arrives in pieces: rows late, orders first with a wrong amount, addresses first missing
(two customers that turn out to be one) or somebody else's (one that turns out to be two), requests of
erasure with the days after which their people may come back, and builds of the past in between.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from forked_builds import ROOT, BuildServer
from scripts import fingerprint, memory

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.environ.get("CUSTOMER360_FAULTS") != "full", reason="long form: make test-faults"),
]
DAYS = 10
PAST_AFTER = {4: "2024-03-01", 8: "2024-06-01"}  # builds of the past, by the day after which they come
MEMORIES = ["int_customer_register", "int_tag_changes", "int_erasures", "int_erasure_suppressions", "int_reference_dates"]
ROOTS = [
    "customers", "identity_merges", "customer_identifiers", "customer_tag_history", "erasure_log", "orders", "order_lines",
    "touchpoints", "sessions", "attributed_orders", "funnel_steps", "path_nodes", "source_reconciliation", "quarantined_records",
    "consent_coverage", "int_identities_numbered", "int_recommendation_customers", "build_state",
]  # fmt: skip


def share(row: list[str], salt: str) -> float:
    """A number from 0 to 1 that belongs to the row."""
    return zlib.crc32("|".join([salt, *row]).encode()) % 10_000 / 10_000


class Deliveries:
    """The files of each day, made from those of the last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "scripts.simulate", "--customers", "60", "--seed", "7", "--months", "9"]
        subprocess.run([*command, "--out", str(folder / "whole"), "--truth", "none"], cwd=ROOT, check=True, capture_output=True)

    def deliver(self, day: int) -> None:
        """Write the raw files as they stand on a day; the last day has everything as it is."""
        target = self.folder / "raw"
        target.mkdir(exist_ok=True)
        for path in sorted((self.folder / "whole").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as source:
                header, *rows = csv.reader(source)
            here = [self.as_of_day(path.stem, header, row, day) for row in rows if share(row, "late") * DAYS < day]
            with (target / path.name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([header, *here])

    def as_of_day(self, table: str, header: list[str], row: list[str], day: int) -> list[str]:
        """A row before it was corrected: one in seven is, three days before the end at the latest."""
        if share(row, "corrected") > 0.15 or day > 3 + share(row, "when") * (DAYS - 4):
            return row
        changed = list(row)
        if table == "orders" and row[header.index("net_amount")].replace(".", "").isdigit():
            changed[header.index("net_amount")] = "1" + row[header.index("net_amount")]
        if table == "accounts":
            # missing at first: two people who are one; or a neighbour's: people who are several
            neighbours = f"home{int(share(row, 'home') * 3)}@shared-address.cn"
            changed[header.index("email")] = "" if share(row, "how") < 0.5 else neighbours
        return changed


@pytest.fixture(scope="module")
def ten_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The warehouse after ten days, and one built at once from its memories and the last day's files."""
    folder = tmp_path_factory.mktemp("days")
    deliveries = Deliveries(folder)
    warehouse = folder / "warehouse.duckdb"
    raw = str(folder / "raw" / "{table}.csv")
    environment = {"CUSTOMER360_WAREHOUSE": str(warehouse), "CUSTOMER360_MEMORY": "2GB"}
    deliveries.deliver(1)
    today = BuildServer(folder, ROOTS, raw, environment)
    past = {}
    for day, as_of in PAST_AFTER.items():
        (folder / as_of).mkdir()
        past[day] = BuildServer(folder / as_of, ROOTS, raw, environment, {"as_of": as_of})

    def build(server: BuildServer) -> None:
        done = server.build()
        assert done["exit"] == 0, server.log()[-3000:]
        duckdb.connect(str(warehouse)).close()

    for day in range(1, DAYS + 1):
        deliveries.deliver(day)
        build(today)
        if day in past:
            before = fingerprint.of_warehouse(warehouse)
            build(past[day])
            after = fingerprint.of_warehouse(warehouse)
            changed = {name.removeprefix("intermediate.") for name in fingerprint.changed(before, after)}
            assert changed & set(MEMORIES) == set(), f"the build of {PAST_AFTER[day]} changed a memory"
    days = fingerprint.of_warehouse(warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        told = connection.execute(
            "select merge_kind, count(*) from marts.identity_merges group by 1"
        ).fetchall()
        erased = connection.execute("select count(*), max(residue) from marts.erasure_log").fetchall()[0]
    models = [(name.split(".")[0], name.split(".")[1]) for name in days if name.split(".")[1] in MEMORIES]
    memory.export_memories(folder / "export", warehouse, models)
    for file in folder.glob("warehouse.duckdb*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    memory.import_memories(folder / "export", warehouse, models)
    build(today)
    yield {"days": days, "once": fingerprint.of_warehouse(warehouse), "told": dict(told), "erased": erased}
    for server in (today, *past.values()):
        server.close()


def test_the_days_hold_what_they_are_made_for(ten_days: dict[str, Any]) -> None:
    assert {"link", "merge", "split"} <= set(ten_days["told"])
    assert ten_days["erased"][0] >= 1 and ten_days["erased"][1] == 0


def test_ten_days_equal_one_build_with_the_same_memories(ten_days: dict[str, Any]) -> None:
    changed = fingerprint.changed(ten_days["days"], ten_days["once"])
    assert [name for name in changed if name.startswith("marts.") or name.split(".")[1] in MEMORIES] == []
    assert len([name for name in ten_days["days"] if name.startswith("marts.")]) > 20
