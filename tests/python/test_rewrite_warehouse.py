"""A rewritten warehouse holds everything that was there, and no byte of what was deleted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from engines import ROOT
from scripts import rewrite_warehouse

MARKER = "marker-of-an-erased-person@example.com"
HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A file with one object of each kind, and a person who was deleted from it."""
    path = tmp_path / "customer360.duckdb"
    with duckdb.connect(str(path)) as connection:
        for sql in (
            "create schema staging",
            "create schema marts",
            "create table staging.base as select i as id, 'value-' || hash(i) as text from range(5000) as numbers(i)",
            f"insert into staging.base values (99999, '{MARKER}')",
            "checkpoint",
            f"delete from staging.base where text = '{MARKER}'",
            # as dbt makes them: with the name of the database
            "create view customer360.staging.stg as select * from customer360.staging.base where id > 10",
            "create table marts.people (id bigint not null, share double check (share <= 1), primary key (id))",
            "insert into marts.people select id, 0.5 from staging.base",
            "create index by_share on marts.people (share)",
            "comment on table marts.people is 'who''s there'",
            "comment on column marts.people.id is 'key'",
            "comment on view staging.stg is 'accepted'",
            "create macro marts.twice(x) as x * 2",
            "create sequence marts.numbers start 7",
            "create type marts.mood as enum ('good', 'bad')",
            "checkpoint",
        ):
            connection.execute(sql)
    return path


def test_the_deleted_person_is_in_no_byte(warehouse: Path) -> None:
    assert MARKER.encode() in warehouse.read_bytes()
    rewrite_warehouse.rewrite(warehouse)
    assert MARKER.encode() not in warehouse.read_bytes()
    assert sorted(file.name for file in warehouse.parent.iterdir()) == [warehouse.name]


def test_everything_else_survives(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        before = rewrite_warehouse.catalogue(connection, "customer360"), rewrite_warehouse.contents(connection, "customer360")
    assert all(before[0].values()), "every kind of object is tried"
    rewrite_warehouse.rewrite(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        after = rewrite_warehouse.catalogue(connection, "customer360"), rewrite_warehouse.contents(connection, "customer360")
        assert after == before
        assert connection.execute("select count(*), marts.twice(21) from staging.stg").fetchall() == [(4989, 42)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into marts.people values (1, 0.1)")


def test_a_copy_unlike_the_original_takes_no_place(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = warehouse.read_bytes()
    copy = rewrite_warehouse.copy_everything

    def copy_with_a_slip(connection: duckdb.DuckDBPyConnection, database: str) -> None:
        copy(connection, database)
        connection.execute(f"delete from {rewrite_warehouse.NEW}.staging.base where id = 7")

    monkeypatch.setattr(rewrite_warehouse, "copy_everything", copy_with_a_slip)
    with pytest.raises(rewrite_warehouse.Refused, match="stays as it was"):
        rewrite_warehouse.rewrite(warehouse)
    assert warehouse.read_bytes() == before
    assert [file.name for file in warehouse.parent.iterdir()] == [warehouse.name]


def test_refused_while_somebody_has_it_open(warehouse: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(warehouse))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        assert rewrite_warehouse.main() == 2
        holder.stdin.close()
    said = capsys.readouterr().err
    assert f"in use by another process (PID {holder.pid})" in said
    assert "Traceback" not in said
    assert MARKER.encode() in warehouse.read_bytes()
    assert rewrite_warehouse.main() == 0
    assert "MB before" in capsys.readouterr().out
