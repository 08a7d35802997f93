"""The comparison of the engines sees every kind of difference, and forgives only the last digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scripts.compare_engines import close, main, prove, marts_of

SCORES = """
select * from (values
    (1, 'a', 10.5e0, date '2024-01-31', cast(8.70 as decimal(18, 4))),
    (2, 'b', null, date '2024-02-29', null),
    (3, 'c', -0.25e0, null, 1)
) as scores (customer_id, label, score, scored_on, amount)
"""
DAYS = "select 1 as customer_id, timestamp '2024-01-01 10:00:00' as seen_at, [0.5e0, null] as path"


class Engines:
    """A DuckDB file and a folder of Parquet files with the same tables."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "warehouse.duckdb"
        self.warehouse = folder / "spark"
        self.manifest = folder / "manifest.json"
        self.meta: dict[str, dict[str, Any]] = {}
        self.warehouse.joinpath("marts.db").mkdir(parents=True)
        self.both("scores", SCORES, key=["customer_id"])
        self.both("days", DAYS, key=["customer_id", "seen_at"])

    def duckdb(self, table: str, sql: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute(f"create or replace table marts.{table} as {sql}")

    def spark(self, table: str, sql: str) -> None:
        folder = self.warehouse / "marts.db" / table
        folder.mkdir(exist_ok=True)
        duckdb.connect().execute(f"copy ({sql}) to '{folder}/part-0.parquet' (format parquet)")

    def both(self, table: str, sql: str, **meta: Any) -> None:
        self.duckdb(table, sql)
        self.spark(table, sql)
        self.meta[table] = meta

    def compare(self, *options: str) -> int:
        nodes = {
            f"model.small.{name}": {
                "resource_type": "model", "schema": "marts", "alias": name,
                "config": {"materialized": "table", "meta": meta},
            }
            for name, meta in self.meta.items()
        }
        self.manifest.write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
        paths = ["--duckdb", str(self.database), "--spark", str(self.warehouse)]
        return main([*paths, "--manifest", str(self.manifest), *options])


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    return Engines(tmp_path)


def test_equal_tables(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    assert engines.compare("--prove") == 0
    output = capsys.readouterr().out
    assert "equal      scores: 3 rows, 5 columns" in output
    assert "2 of 2 tables equal" in output
    assert "altered scores.score: noticed" in output


def test_the_clock_is_not_compared(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns that meta names only have to be there; all others count."""
    row = "select 'complete' as status, {} as row_count, timestamp '2024-01-01 10:00:{}' as started_at"
    for rows, seconds, code in ((5, "30", 0), (6, "30", 1)):
        engines.both("states", row.format(5, "00"), key=["status"], not_compared=["started_at"])
        engines.spark("states", row.format(rows, seconds))
        assert engines.compare() == code
    assert "row_count" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("'b'", "'B'", "customer_id = 2: 'b' in DuckDB, 'B' in Spark"),
        ("'b'", "null", "customer_id = 2: 'b' in DuckDB, None in Spark"),
        ("null, date '2024-02-29'", "0e0, date '2024-02-29'", "None in DuckDB, 0.0 in Spark"),
        ("10.5e0", "10.50000002e0", "column score: 1 rows differ"),
        ("10.5e0", "cast('nan' as double)", "10.5 in DuckDB, nan in Spark"),
        ("8.70", "8.71", "Decimal('8.7000') in DuckDB, Decimal('8.7100') in Spark"),
        ("date '2024-01-31'", "date '2024-02-01'", "column scored_on: 1 rows differ"),
        ("(3,", "(4,", "1 rows only in Spark"),
        ("(3,", "(2,", "key customer_id = 2 has 2 rows in Spark"),
        ("label,", "name,", "column label: only in DuckDB"),
        ("(customer_id,", "(id,", "key column customer_id is missing"),
        ("as decimal(18, 4)", "as double", "column amount: decimal(18,4) in DuckDB, double in Spark"),
    ],
)
def test_a_difference(
    engines: Engines, capsys: pytest.CaptureFixture[str], before: str, after: str, message: str
) -> None:
    engines.spark("scores", SCORES.replace(before, after))
    assert engines.compare() == 1
    output = capsys.readouterr().out
    assert message in output
    assert "1 of 2 tables equal" in output


def test_a_missing_row(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    engines.spark("scores", f"select * from ({SCORES}) where customer_id != 1")
    assert engines.compare() == 1
    assert "1 rows only in DuckDB\n        customer_id = 1" in capsys.readouterr().out


def test_the_last_digits_of_a_double_may_differ(engines: Engines) -> None:
    engines.spark("scores", SCORES.replace("10.5e0", "10.500000001e0"))
    assert engines.compare() == 0


def test_iterated_models_may_differ_a_little_more(engines: Engines) -> None:
    engines.spark("scores", SCORES.replace("10.5e0", "10.500005e0"))
    assert engines.compare() == 1
    engines.meta["scores"]["iterates"] = True
    assert engines.compare() == 0


def test_doubles_inside_arrays_have_the_same_tolerance(engines: Engines) -> None:
    engines.spark("days", DAYS.replace("0.5e0", "0.5000000000001e0"))
    assert engines.compare() == 0
    engines.spark("days", DAYS.replace("0.5e0", "0.50001e0"))
    assert engines.compare() == 1


def test_integer_widths_and_zoned_timestamps_do_not_matter(engines: Engines) -> None:
    changed = DAYS.replace("1 as", "cast(1 as bigint) as").replace("timestamp '", "timestamptz '")
    engines.spark("days", changed.replace("10:00:00", "10:00:00+00"))
    assert engines.compare() == 0


def test_a_table_missing_on_a_side(
    engines: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    engines.duckdb("only_here", SCORES)
    engines.spark("only_there", SCORES)
    engines.meta["declared_only"] = {}
    assert engines.compare() == 1
    output = capsys.readouterr().out
    assert "different  only_here\n    missing in Spark" in output
    assert "different  only_there\n    missing in DuckDB" in output
    assert "different  declared_only\n    missing in DuckDB and Spark" in output


def test_of_a_part_only_marts_on_neither_side_are_left_out(engines: Engines) -> None:
    engines.meta["later"] = {}
    assert engines.compare() == 1
    assert engines.compare("--part", "--prove") == 0
    engines.duckdb("later", DAYS)
    assert engines.compare("--part") == 1


def test_a_folder_without_files_is_nothing_to_compare(
    engines: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    (engines.warehouse / "marts.db/days/part-0.parquet").unlink()
    assert engines.compare() == 1
    assert "nothing to compare" in capsys.readouterr().out


def test_an_empty_schema_is_nothing_to_compare(engines: Engines) -> None:
    engines.meta = {}
    assert engines.compare("--schema", "other") == 1


def test_without_a_key_the_rows_are_sorted(engines: Engines) -> None:
    engines.meta["scores"] = {}
    engines.spark("scores", f"select * from ({SCORES}) order by customer_id desc")
    assert engines.compare() == 0
    engines.spark("scores", SCORES.replace("'b'", "'B'"))
    assert engines.compare() == 1


def test_histories_of_iterated_models_are_left_out(engines: Engines) -> None:
    engines.duckdb("scores__history", "select 1 as iteration, 0.5e0 as seconds")
    engines.spark("scores__history", "select 1 as iteration, 0.7e0 as seconds")
    assert engines.compare() == 0


def test_prove_alters_what_is_compared_in_a_table(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a view that comes first by its name, nor a column that is not compared."""
    engines.both("builds", "select 'one' as build_id, 7 as fingerprint", key=["build_id"], not_compared=["fingerprint"])
    engines.both("a_view", SCORES, key=["customer_id"])
    with duckdb.connect(str(engines.database)) as connection:
        connection.execute("drop table marts.a_view")
        connection.execute(f"create view marts.a_view as {SCORES}")
    assert engines.compare("--prove") == 0
    assert "altered scores.score: noticed" in capsys.readouterr().out


def test_prove_fails_where_an_altered_cell_is_forgiven(engines: Engines) -> None:
    assert engines.compare() == 0
    marts = marts_of(engines.manifest, "marts")
    assert prove(engines.database, engines.warehouse, "marts", marts) == "scores.score"


def test_a_missing_file_is_wrong_use(engines: Engines) -> None:
    engines.compare()
    with pytest.raises(SystemExit) as stopped:
        main(["--duckdb", "nowhere.duckdb", "--spark", str(engines.warehouse)])
    assert stopped.value.code == 2


def test_close() -> None:
    assert close({"a": [1.0, None]}, {"a": [1.0 + 1e-10, None]}, 1e-9)
    assert not close([1.0], [1.0, 2.0], 1e-9)
    assert not close([1.0], [None], 1e-9)
    assert not close({"a": 1}, {"b": 1}, 1e-9)
