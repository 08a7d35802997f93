"""Helpers of the tests on bad input: damage with a fixed seed, and dbt run as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import csv_oracle
import duckdb

ROOT = Path(__file__).resolve().parents[2]

SELECTION = ["-s", "+source_reconciliation", "+quarantined_records", "quality_rules"]
# tests that also need other marts are left out, and those that need no data
SELECTION += ["--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"]
FATES = ["accepted", "duplicate", "quarantined", "erased", "after_as_of"]


def dbt(
    folder: Path, raw_data: str, *arguments: str, script: str = "", path: Path | None = None,
    variables: dict[str, Any] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run dbt on some raw data with a warehouse in `folder`; the caller judges the exit code.

    A Python script may stand in for the command: it gets a path and the options of dbt.
    """
    command = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", *arguments]
    if script:
        command = [sys.executable, "-c", script, str(path), *arguments]
    command += ["--vars", json.dumps({"raw_data": raw_data, "allow_sample_salt": True, **(variables or {})}), "--target-path", str(folder / "target")]
    environment = {**os.environ, "CUSTOMER360_WAREHOUSE": str(folder / "warehouse.duckdb")}
    environment |= {"DBT_LOG_PATH": str(folder / "logs"), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


class Place:
    """One folder for many inputs: its path stays, so that dbt parses the project once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = folder / "a [b] *c? 'd' \u00e4\u738b" / "raw"  # any name of a folder will do
        self.pattern = str(self.raw / ".." / "raw" / "{table}.*")
        self.raw.mkdir(parents=True)

    def put(self, files: dict[str, bytes]) -> None:
        """Make these the raw files."""
        shutil.rmtree(self.raw)
        self.raw.mkdir()
        for name, data in files.items():
            (self.raw / name).write_bytes(data)

    def error(self, files: dict[str, bytes]) -> str:
        """What the user reads where the input is refused before anything builds."""
        self.put(files)
        result = dbt(self.folder, self.pattern, "build", "-s", "stg_commerce__as_of")
        assert result.returncode != 0, result.stdout
        assert "START sql" not in result.stdout  # nothing was built
        return " ".join(result.stdout.split())

    def build(self, files: dict[str, bytes], keep: Path) -> str:
        """A build that has to succeed; its log. The warehouse is copied to `keep`."""
        self.put(files)
        log = build(self.folder, self.pattern)
        keep.mkdir()
        shutil.copy(self.folder / "warehouse.duckdb", keep / "warehouse.duckdb")
        shutil.copytree(self.raw, keep / "raw")
        return log


def build(folder: Path, raw_data: str, variables: dict[str, Any] | None = None) -> str:
    """A build of staging, reconciliation and quarantine that has to succeed; returns its log."""
    result = dbt(folder, raw_data, "build", *SELECTION, variables=variables)
    assert result.returncode == 0, result.stdout[-4000:]
    return " ".join(result.stdout.split())


def fetch(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the warehouse of a folder."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def quarantine(folder: Path, table: str) -> dict[str, str]:
    """Reasons of the quarantined rows of a table by their key."""
    query = f"select record_key, reasons from marts.quarantined_records where source_table = '{table}'"
    return dict(fetch(folder, query))


def record_counts(folder: Path) -> dict[str, int]:
    """Records of each CSV file as the tests' own reader sees them."""
    return {path.stem: len(csv_oracle.read(path.read_bytes())[1]) for path in sorted(folder.glob("*.csv"))}


def reconciled(folder: Path) -> tuple[dict[str, int], Counter[str]]:
    """Raw rows by table, and rows by fate, where every row and every unit of money has one fate."""
    fates = ", ".join(f"{fate}_rows, {fate}_amount, {fate}_amount_base" for fate in FATES)
    raw_rows: Counter[str] = Counter()
    by_fate: Counter[str] = Counter()
    query = f"select source_table, raw_rows, raw_amount, raw_amount_base, {fates} from marts.source_reconciliation"
    for table, rows, amount, base, *parts in fetch(folder, query):
        assert rows == sum(parts[0::3]), table
        assert amount == sum(parts[1::3]), table
        assert base == sum(parts[2::3]), table
        raw_rows[table] += rows
        by_fate.update(dict(zip(FATES, parts[0::3], strict=True)))
    return dict(raw_rows), by_fate


def damage_fields(data: bytes, rng: random.Random, share: float = 0.1) -> bytes:
    """One to three bytes of every tenth field become any others, quotes and line ends included."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    lines = [_encoded(rows[0])]
    for row in rows[1:]:
        fields = [_quoted(field) for field in row]
        for place, field in enumerate(fields):
            if rng.random() < share:
                mutable = bytearray(field or b"?")
                for _ in range(rng.randint(1, 3)):
                    mutable[rng.randrange(len(mutable))] = rng.randrange(256)
                fields[place] = bytes(mutable)
        lines.append(b",".join(fields))
    return b"\n".join(lines) + b"\n"


def damage_structure(data: bytes, rng: random.Random, share: float = 0.1) -> bytes:
    """In every tenth line a separator or the line end is lost, doubled or becomes something else."""
    first, *lines = data.splitlines()
    parts = [first, b"\n"]
    for line in lines:
        end = b"\n"
        if rng.random() < share:
            commas = [place for place, mark in enumerate(line) if mark == ord(",")]
            if commas and rng.random() < 0.6:
                place = rng.choice(commas)
                instead = rng.choice([b"", b",,", b";", b'"', b',"', b"\t", b"\n", b"\x00"])
                line = line[:place] + instead + line[place + 1 :]
            else:
                end = rng.choice([b"", b"\r", b"\r\n", b"\n\n", b"\r\r\n", b"\n\r", b'"\n', b",\n", b"\x1a\n"])
        parts += [line, end]
    return b"".join(parts)


def _encoded(row: list[str]) -> bytes:
    return b",".join(map(_quoted, row))


def _quoted(field: str) -> bytes:
    needs_quotes = any(mark in field for mark in ',"\r\n')
    return ('"' + field.replace('"', '""') + '"' if needs_quotes else field).encode()


def damaged(source: Path, damage: Callable[[bytes, random.Random], bytes], seed: int) -> dict[str, bytes]:
    """The CSV files of a folder with damage in each; the same seed gives the same bytes."""
    return {
        path.name: damage(path.read_bytes(), random.Random(f"{seed} {path.name}"))
        for path in sorted(source.glob("*.csv"))
    }
