"""Errors of the machine are told in one line with a remedy; other errors are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from scripts import build, environment_errors, summary

PATH = "/data/warehouse/mine.duckdb"
SAID = {
    'IO Error: Could not set lock on file "/data/warehouse/mine.duckdb": Conflicting lock is held in /usr/bin/python3 (PID 4711).': "(PID 4711)",
    "FATAL Error: Failed: database has been invalidated … Could not write file: No space left on device": "disk is full",
    "[Errno 28] No space left on device: 'target/manifest.json'": "disk is full",
    "Out of Memory Error: failed to pin block of size 256.0 KiB (28.4 MiB/28.6 MiB used)": "(now 7GB)",
    'IO Error: The file "/data/warehouse/mine.duckdb" exists, but it is not a valid DuckDB database file!': "damaged",
    'IO Error: Could not read enough bytes from file "/data/warehouse/mine.duckdb": attempted': "damaged",
    "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block 3": "damaged",
    'INTERNAL Error: Failure while replaying WAL file "/data/warehouse/mine.duckdb.wal": x': "(.wal)",
    'IO Error: Cannot open file "/data/warehouse/mine.duckdb": Permission denied': "cannot be written",
    'IO Error: Cannot open file "/data/warehouse/mine.duckdb": Read-only file system': "cannot be written",
    'IO Error: Cannot open file "/data/warehouse/mine.duckdb": No such file or directory': "folder does not exist",
    'IO Error: Could not read from file "/data/warehouse/mine.duckdb": Is a directory': "is a folder",
    "OSError: [Errno 24] Too many open files": "ulimit -n",
}


@pytest.mark.parametrize(("message", "word"), SAID.items())
def test_known_errors(message: str, word: str) -> None:
    line = environment_errors.explain(message, PATH, "7GB")
    assert line is not None
    assert word in line
    assert PATH in line
    assert "To mend it:" in line
    assert "\n" not in line
    assert build.what_happened(["12:00:00  Done.", f"  {message}"], Path(PATH)) is not None


@pytest.mark.parametrize(
    "message",
    [
        'IO Error: Cannot open file "/data/raw/orders.csv": Permission denied',  # not the warehouse
        'IO Error: No files found that match the pattern "/data/raw/orders.parquet": No such file or directory',
        "Conversion Error: Could not convert string 'x' to INT32",
        "table orders: required column net_amount (money) is missing.",
    ],
)
def test_other_errors_are_left_alone(message: str) -> None:
    assert environment_errors.explain(message, PATH) is None


def test_what_was_told_is_not_told_again() -> None:
    told = environment_errors.explain(next(iter(SAID)), PATH)
    assert build.what_happened([f"  {told}", f"  {next(iter(SAID))}"], Path(PATH)) is None


def test_of_a_traceback_only_what_was_said_is_shown() -> None:
    output = [
        "12:00:00  Encountered an error:\n", "12:00:00  Traceback (most recent call last):\n", '  File "a.py", line 1, in b\n',
        "    raise X\n", "          ^^^^\n", "\n", "During handling of the above exception, another exception occurred:\n", "\n",
        "Traceback (most recent call last):\n", '  File "c.py"\n', "_duckdb.FatalException: FATAL Error: x\n", "12:00:01  Done.\n",
    ]  # fmt: skip
    assert list(build.without_frames(output)) == [
        "12:00:00  Encountered an error:\n", "_duckdb.FatalException: FATAL Error: x\n", "12:00:01  Done.\n",
    ]  # fmt: skip


class Credentials:
    """What the plugin reads of dbt's credentials."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """A RuntimeError, which dbt shows as a message; the engine's own words stay."""
    plugin = environment_errors.Plugin(name="environment_errors", plugin_config={})
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(os.urandom(20_000))
    with pytest.raises(RuntimeError, match=r"is damaged.*docs/backup.md.*not a valid DuckDB"):
        plugin.update_connection_config(Credentials(path), {})
    path.unlink()
    plugin.update_connection_config(Credentials(path), {})
    with duckdb.connect(str(path)) as second:
        plugin.configure_connection(second)
        assert second.execute("select 1").fetchall() == [(1,)]
    assert plugin._opened is None


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (None, 2, "no warehouse here yet"),
        ("create schema x", 1, "NOT from one build (marts.build_state: unknown)"),
        ("create schema marts; create table marts.build_state as select 'running' as status, 'stopped half way' as reason", 1, "running): stopped half way"),
        ("create schema marts; create table marts.build_state (status varchar)", 1, "has 0 rows"),
    ],
)
def test_the_summary_of_a_warehouse_that_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make: str | None, code: int, words: str
) -> None:
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(path))
    if make:
        with duckdb.connect(str(path)) as connection:
            connection.execute(make)
    assert summary.main() == code
    assert words in capsys.readouterr().err
