"""What to do about errors of the machine: a file in use or damaged, no room, no memory, no permission.

As a dbt-duckdb plugin it opens the warehouse before dbt does, so that every dbt command says in one
line what is wrong and how to mend it, instead of a Python traceback. `scripts.build` recognises the
same errors in what dbt prints while it builds.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

try:
    from dbt.adapters.duckdb.plugins import BasePlugin
except ImportError:  # the module is usable without dbt

    class BasePlugin:  # type: ignore[no-redef]
        """Stand-in where dbt-duckdb is not installed."""


RESTORE = "restore it from a backup, or rebuild it with the same customer ids from an export of the memories (docs/backup.md)"
OTHER_FILE = "or name another file in CUSTOMER360_WAREHOUSE"

# said of many files: it concerns the warehouse only where the warehouse is named
OF_ANY_FILE = re.compile(
    r"Could not read enough bytes|Read-only file system|Permission denied|Operation not permitted|Is a directory"
    r"|No such file or directory|Not a directory|cannot find the path",
    re.IGNORECASE,
)
# (what the engine or the operating system says, what it means, what to do); the first that fits counts
KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        r"Could not set lock on file|being used by another process",
        "is in use by another process{pid}: a second build, or a program that has it open",
        f"wait until it ends or close it, then build again, {OTHER_FILE}",
    ),
    (
        r"No space left on device|Disk quota exceeded|File too large|ENOSPC",
        "cannot grow: the disk is full, or a limit of size is reached",
        f"free space on that disk and build again (what was whole before is whole still), {OTHER_FILE} on another disk",
    ),
    (
        r"failed to offload data block|max_temp_directory_size",
        "needs more room for intermediate results than the disk has left",
        "free space on the disk of the warehouse, or allow more memory in CUSTOMER360_MEMORY",
    ),
    (
        r"Out of Memory Error|could not allocate block|failed to pin block|MemoryError|Cannot allocate memory",
        "could not be built within the memory allowed",
        "allow more in CUSTOMER360_MEMORY (now {memory}), or build with fewer steps at a time: dbt build --threads 1",
    ),
    (
        r"replaying WAL|WAL file",
        "has a damaged log file (.wal) beside it",
        f"keep a copy of both; {RESTORE}",
    ),
    (
        r"newer version of DuckDB|older version of DuckDB|storage version|version number",
        "was written by another version of DuckDB",
        "install the versions in requirements.txt (make build does), or rebuild the file from an export of the memories (docs/backup.md)",
    ),
    (
        r"not a valid DuckDB database|Could not read enough bytes|checksum|Corrupt database|Serialization Error"
        r"|Failed to deserialize|database has been invalidated|Failed to load metadata",
        "is damaged, or no warehouse",
        RESTORE,
    ),
    (
        r"Read-only file system|Permission denied|read-only mode|Operation not permitted",
        "cannot be written",
        f"give this user the right to write the file and its folder, {OTHER_FILE}",
    ),
    (
        r"Is a directory",
        "is a folder, not a file",
        "let CUSTOMER360_WAREHOUSE name a file, such as warehouse/mine.duckdb",
    ),
    (
        r"No such file or directory|Not a directory|cannot find the path",
        "cannot be made: its folder does not exist",
        f"make the folder, {OTHER_FILE}",
    ),
    (
        r"Too many open files",
        "needs more open files than this user may have",
        "raise the limit (ulimit -n 4096), or build with --threads 1",
    ),
)


def explain(message: str, path: str, memory: str = "80 % of the machine's") -> str | None:
    """One line about an error of the machine: what it is, and what to do; None for any other error."""
    if OF_ANY_FILE.search(message) and Path(path).name not in message:
        return None
    for pattern, meaning, remedy in KNOWN:
        if re.search(pattern, message, re.IGNORECASE):
            process = re.search(r"\(PID (\d+)\)", message)
            meaning = meaning.replace("{pid}", f" (PID {process[1]})" if process else "")
            return f"The warehouse {path} {meaning}. To mend it: {remedy.replace('{memory}', memory)}."
    return None


def first_line(error: BaseException | str) -> str:
    """The first line of an error's text."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


class Plugin(BasePlugin):
    """dbt-duckdb plugin: opens the warehouse first, and says in one line why it cannot be opened."""

    _opened: duckdb.DuckDBPyConnection | None = None

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Called by dbt-duckdb right before it opens the file; both connections share one instance."""
        try:
            self._opened = duckdb.connect(creds.path, read_only=False, config=config)
        except duckdb.Error as error:
            known = explain(str(error), creds.path)
            fallback = f"The warehouse {creds.path} cannot be opened. To mend it: {RESTORE}."
            # dbt shows a RuntimeError as a message, any other error as a traceback
            raise RuntimeError(f"{known or fallback} ({first_line(error)})") from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Called once dbt-duckdb has opened the file: its connection takes over."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None
