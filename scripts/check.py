"""The checks of `make test`, one after another; stops at the first that fails.

    python -m scripts.check            all of them
    python -m scripts.check lint       only the named ones
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WAREHOUSE = ROOT / "target" / "check.duckdb"
# a salt with every kind of quote; no file may hold the mark in it, however the file writes quotes
SALT_MARK = "Vt3zMARKh6"
ENVIRONMENT = {
    **os.environ,
    "CUSTOMER360_WAREHOUSE": str(WAREHOUSE),
    "CUSTOMER360_SALT": f"the check's \"own\" {SALT_MARK} salt",
    "PYTHONPATH": str(ROOT),
}


# folders that sqlfluff holds to the rules of .sqlfluff (.sqlfluffignore: the exceptions)
LINTED = ("models", "tests/invariants", "analyses")


class Failed(Exception):
    """A check that did not pass."""


def run(*command: str) -> None:
    """Run a command in the project's root; a non-zero exit fails the check."""
    result = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False)
    if result.returncode:
        raise Failed(f"{' '.join(command)} ended with {result.returncode}")


def dbt(*arguments: str) -> None:
    """Run dbt with warnings as errors."""
    run(str(BIN / "dbt"), "--warn-error", *arguments)


def lint() -> None:
    """sqlfluff over models, tests and analyses; keys and lengths of YAML."""
    dbt("--quiet", "parse", "--no-partial-parse", "--show-all-deprecations")
    run(sys.executable, "-m", "scripts.check_yaml")
    run(str(BIN / "sqlfluff"), "lint", "--processes", "2", *LINTED)


def builds() -> None:
    """A build from nothing, the unit tests, one of the past, and one of today again, which must find all as it was."""
    from scripts import fingerprint

    WAREHOUSE.unlink(missing_ok=True)
    dbt("build")
    dbt("test", "--select", "test_type:unit")
    first = fingerprint.of_warehouse(WAREHOUSE)
    # with other vars dbt parses anew: apart, so that the parse of the others is kept
    dbt("run", "--vars", "as_of: 2024-06-01", "--target-path", "target/past")
    dbt("build")
    second = fingerprint.of_warehouse(WAREHOUSE)
    changed = fingerprint.changed(first, second)
    if changed:
        raise Failed(f"a build of the past and the second build changed {', '.join(changed)}")
    print(f"a build of the past and the second build changed none of {len(first)} tables")


def docs() -> None:
    """The static documentation page can be made."""
    dbt("--quiet", "docs", "generate", "--static")


def secrets() -> None:
    """The salt of these builds stands in no artefact, log, page or warehouse."""
    files = [path for folder in ("target", "logs") for path in (ROOT / folder).rglob("*") if path.is_file()]
    if WAREHOUSE not in files:
        raise Failed(f"there is no {WAREHOUSE} to search: run the check build first")
    leaks = [str(path.relative_to(ROOT)) for path in files if SALT_MARK.encode() in path.read_bytes()]
    if leaks:
        raise Failed(f"the salt stands in {len(leaks)} files: {', '.join(leaks[:10])}")
    print(f"the salt stands in none of {len(files)} files")


def python() -> None:
    """pytest, on the warehouse that the builds left; two files of tests at a time."""
    run(sys.executable, "-m", "pytest", "-q", "-m", "not heavy", "--durations", "25", "-n", "2", "--dist", "loadfile")


CHECKS: dict[str, Callable[[], None]] = {
    "lint": lint,
    "build": builds,
    "docs": docs,
    "secrets": secrets,
    "python": python,
}


def main(names: list[str]) -> int:
    """Run the named checks, or all; returns the exit code."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"unknown check {unknown[0]}; known: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    (ROOT / "target").mkdir(exist_ok=True)
    for name in names or CHECKS:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            CHECKS[name]()
        except Failed as failure:
            print(f"check {name} failed: {failure}", file=sys.stderr)
            return 1
        print(f"== {name}: passed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
