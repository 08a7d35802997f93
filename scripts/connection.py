"""The secret of the warehouse on its way to DuckDB: a value of the connection, never text of SQL.

Used inside dbt as a dbt-duckdb plugin. Every cursor gets the salt of CUSTOMER360_SALT as the session
variable `customer360_salt`, which macro `salted_hash` reads by name. So the salt stands in no
compiled file, log, artefact or table, and a quote in it is a letter like any other. Without the
environment variable it is the salt of the sample, which macro `check_salt` refuses for other data.
"""

from __future__ import annotations

import os

import duckdb

try:
    from dbt.adapters.duckdb.plugins import BasePlugin
except ImportError:  # the module is usable without dbt

    class BasePlugin:  # type: ignore[no-redef]
        """Stand-in where dbt-duckdb is not installed."""


SAMPLE_SALT = "sample-salt"  # everybody knows it: for data without real people


def salt() -> str:
    """The salt of the environment, or that of the sample."""
    return os.environ.get("CUSTOMER360_SALT") or SAMPLE_SALT


def give_salt(connection: duckdb.DuckDBPyConnection) -> None:
    """Let a connection hash: set its salt, and the salt before it where one is being changed."""
    connection.execute("set variable customer360_salt = ?", [salt()])
    old = os.environ.get("CUSTOMER360_OLD_SALT")
    if old:
        connection.execute("set variable customer360_old_salt = ?", [old])


class Plugin(BasePlugin):
    """dbt-duckdb plugin: gives every cursor the salt."""

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Called by dbt-duckdb for every cursor; variables of a connection are not copied to it."""
        give_salt(cursor)
