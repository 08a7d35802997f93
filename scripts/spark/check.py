"""What `make test-spark` does: the same sample on both engines, every mart compared.

1. the sample seeds become Parquet files
2. DuckDB builds the project from them into a file of its own
3. Spark does the same with all data tests, on a server that lives as long as this, and then runs all unit tests
4. the macros of cross_db and the materialization `iterate` pass their tests on Spark
5. every mart is compared, and one altered cell is noticed

All that it writes is in target/spark/. Exit codes: 0 all well, 1 a failed step, 2 no Java 17.

    python -m scripts.spark.check                        everything
    python -m scripts.spark.check --select marts.core+   part of the models, no tests of macros
    python -m scripts.spark.check --cluster              a master and two workers instead of one JVM
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scripts.spark import sample_parquet, server

ROOT = server.ROOT
FOLDER = server.FOLDER
DATABASE = FOLDER / "duckdb.duckdb"
BIN = Path(sys.executable).parent
JAVA_STACK = re.compile(r"\s+(at |\.\.\. )")  # the lines of a Java error that help nobody here


class StepFailed(Exception):
    """A step ended with an error; its output has been shown."""


def step(title: str, command: Sequence[str], settings: dict[str, str]) -> None:
    """Run one command in the project and say how long it took."""
    print(f"== {title}", flush=True)
    began = time.monotonic()
    environment = {**os.environ, **settings}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:
        for line in process.stdout or ():
            if not JAVA_STACK.match(line):
                print(line, end="", flush=True)
    print(f"   {title}: {time.monotonic() - began:.0f} s", flush=True)
    if process.returncode != 0:
        raise StepFailed(title)


def dbt(
    command: str, target: str, select: Sequence[str], settings: dict[str, str], *options: str
) -> None:
    """Run the project on one engine, with artifacts of its own."""
    raw_data = (FOLDER / "raw" / "{table}.parquet").as_posix()
    arguments = [str(BIN / "dbt"), "--quiet", command, "--target", target, *options]
    arguments += ["--target-path", str(FOLDER / f"dbt-{target}")]
    arguments += ["--vars", json.dumps({"raw_data": raw_data, "allow_sample_salt": True})]
    if select:
        arguments += ["--select", *select]
    step(f"dbt {command} --target {target}", arguments, settings)


def check(select: Sequence[str], cluster: bool) -> None:
    """All steps; the first that fails ends it."""
    tables = sample_parquet.write_parquet(sample_parquet.SEEDS, FOLDER / "raw")
    if not tables:
        raise StepFailed(f"no sample seeds in {sample_parquet.SEEDS}")
    DATABASE.unlink(missing_ok=True)
    # its tests of data pass in `make test`, and on Spark below on tables that the comparison finds equal
    dbt("build", "ci", select, {"CUSTOMER360_WAREHOUSE": str(DATABASE)}, "--exclude-resource-type", "unit_test", "test")

    began = time.monotonic()
    with server.running(cluster) as spark:
        print(f"== Spark answers after {time.monotonic() - began:.0f} s", flush=True)
        # unit tests of a model that reads itself need its table: they come after the build
        dbt("build", "spark", select, spark.environment(), "--exclude-resource-type", "unit_test")
        if not select:
            dbt("test", "spark", ["test_type:unit"], spark.environment())
            tests = ["tests/python/test_cross_db.py", "tests/python/test_iterate.py", "tests/python/test_retention.py"]
            tests.append("tests/python/test_publish.py::test_grants_follow_the_same_seeds")
            command = [sys.executable, "-m", "pytest", "-q", *tests]
            settings = {**spark.environment(), "CUSTOMER360_TEST_ENGINE": "spark"}
            step("macros on Spark", command, settings)

    command = [sys.executable, "-m", "scripts.compare_engines", "--duckdb", str(DATABASE)]
    command += ["--spark", str(FOLDER / "warehouse")]
    command += ["--manifest", str(FOLDER / "dbt-spark" / "manifest.json"), "--prove"]
    if select:
        command.append("--part")
    step("comparison of the marts", command, {})


def main(arguments: Sequence[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build on both engines and compare the marts.")
    parser.add_argument("--select", nargs="+", default=[], help="models, as dbt names them")
    parser.add_argument("--cluster", action="store_true", help="master and two workers")
    options = parser.parse_args(arguments)
    try:
        server.java()
        server.stop_on_signals()
        check(options.select, options.cluster)
    except server.ServerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except StepFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
