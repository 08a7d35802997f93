"""The two engines as the tests see them: a small dbt project to run, a connection to look with.

The environment variable CUSTOMER360_TEST_ENGINE names the engine (`duckdb`, the default, or
`spark`); for Spark CUSTOMER360_SPARK_HOST and CUSTOMER360_SPARK_PORT name its Thrift server.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[2]
ENGINE = os.environ.get("CUSTOMER360_TEST_ENGINE", "duckdb")

DUCKDB_SETTINGS = {
    "TimeZone": "UTC",
    "default_null_order": "nulls_first_on_asc_last_on_desc",
    "ieee_floating_point_ops": False,
    "error_on_division_by_zero": True,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class SmallProject:
    """A dbt project in a folder of its own that uses this repository's macros on one engine."""

    def __init__(self, folder: Path, macro_folders: Sequence[str], schema: str) -> None:
        self.folder = folder
        self.schema = schema
        self.database = folder / "warehouse.duckdb"
        project = {
            "name": "small",
            "profile": "small",
            "macro-paths": [str(ROOT / "macros" / name) for name in macro_folders],
            "flags": {"send_anonymous_usage_stats": False},
            "models": {
                "small": {
                    "+materialized": "table",
                    "+file_format": "{{ 'parquet' if target.type == 'spark' else none }}",
                }
            },
        }
        self.write("dbt_project.yml", yaml.safe_dump(project))
        self.write("profiles.yml", yaml.safe_dump(self._profile()))

    def _profile(self) -> dict[str, Any]:
        output: dict[str, Any] = {"schema": self.schema, "threads": 2}
        if ENGINE == "duckdb":
            output |= {"type": "duckdb", "path": str(self.database), "settings": DUCKDB_SETTINGS}
            # a project with hashes in it needs the salt
            output |= {"module_paths": [str(ROOT)], "plugins": [{"module": "scripts.connection"}]}
        else:
            host, port = spark_address()
            output |= {"type": "spark", "method": "thrift", "host": host, "port": port}
            output |= {"user": "dbt", "auth": "NOSASL", "connect_retries": 3, "poll_interval": 0}
        return {"small": {"target": "dev", "outputs": {"dev": output}}}

    def write(self, path: str, text: str) -> None:
        """Write one file of the project, with the folders that it needs."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one dbt command as a user does; the caller judges the exit code."""
        dbt = Path(sys.executable).parent / "dbt"
        return subprocess.run(
            [str(dbt), "--no-use-colors", *arguments],
            cwd=self.folder,
            env={**os.environ, "DBT_PROFILES_DIR": str(self.folder), "DBT_PROJECT_DIR": "."},
            capture_output=True,
            text=True,
            check=False,
        )

    def messages(self) -> dict[str, str]:
        """What the last command said about each node, by name: `success` or its error message."""
        results = json.loads((self.folder / "target/run_results.json").read_text("utf-8"))
        return {
            result["unique_id"].split(".")[-1]: " ".join((result["message"] or "").split())
            if result["status"] == "error" else result["status"]
            for result in results["results"]
        }

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the warehouse of this project."""
        if ENGINE == "spark":
            return fetch_spark(sql)
        with connect_duckdb(self.database) as connection:
            return connection.execute(sql).fetchall()

    def tables(self) -> set[str]:
        """The names of all tables and views in the schema of this project."""
        if ENGINE == "spark":
            return {row[1] for row in fetch_spark(f"show tables in {self.schema}")}
        query = "select table_name from information_schema.tables where table_schema = ?"
        with connect_duckdb(self.database) as connection:
            return {row[0] for row in connection.execute(query, [self.schema]).fetchall()}


def connect_duckdb(database: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the settings of profiles.yml."""
    connection = duckdb.connect(str(database))
    for name, value in DUCKDB_SETTINGS.items():
        connection.execute(f"set {name} = '{value}'")
    return connection


def spark_address() -> tuple[str, int]:
    """Host and port of the Thrift server."""
    host = os.environ.get("CUSTOMER360_SPARK_HOST", "127.0.0.1")
    return host, int(os.environ.get("CUSTOMER360_SPARK_PORT", "10000"))


def fetch_spark(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on the Thrift server; an error keeps its first line only."""
    from pyhive import exc, hive  # only installed where Spark is

    host, port = spark_address()
    connection = hive.connect(host, port, auth="NOSASL", username="dbt")
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []
    except exc.OperationalError as error:
        found = re.search(r"errorMessage=['\"]([^\n]*?)(\\n|['\"],)", str(error))
        raise RuntimeError(found.group(1) if found else str(error)) from None
    finally:
        connection.close()
