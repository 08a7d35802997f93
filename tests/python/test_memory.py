"""Memories leave and enter a warehouse whole, or not at all with one line that says why."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from scripts import memory

MODELS = [
    ("intermediate", "int_customer_register"), ("intermediate", "int_erasure_suppressions"),
    ("intermediate", "int_tag_changes"), ("intermediate", "salt_fingerprint"),
]  # fmt: skip


def make(path: Path, erased: int) -> None:
    """A warehouse with memories, and one table that is none."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_customer_register as select 'key-' || i as account_key, i as version,"
            " date '2024-01-01' as registered_as_of, cast(0.5 as decimal(9, 4)) as share from range(300) as numbers(i)"
        )
        connection.execute(f"create table intermediate.int_erasure_suppressions as select 'key-' || i as key_hash from range({erased}) as numbers(i)")
        connection.execute("create table intermediate.int_tag_changes (tag varchar, captured_at timestamp)")
        connection.execute("create table intermediate.int_other as select 1 as one")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    make(path, erased=3)
    return path


def rows(path: Path, table: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"from intermediate.{table} order by all").fetchall()


def test_all_memories_come_back(warehouse: Path, tmp_path: Path) -> None:
    """With their types, empty ones too, and nothing else."""
    memory.export_memories(tmp_path / "export", warehouse, MODELS)
    fresh = tmp_path / "fresh.duckdb"
    memory.import_memories(tmp_path / "export", fresh, MODELS)
    with duckdb.connect(str(fresh), read_only=True) as connection:
        assert {table for _, table in memory.tables_of(connection)} == {
            "int_customer_register", "int_erasure_suppressions", "int_tag_changes",
        }  # fmt: skip
    for table in ("int_customer_register", "int_erasure_suppressions", "int_tag_changes"):
        assert rows(fresh, table) == rows(warehouse, table)
    manifest = json.loads((tmp_path / "export" / "manifest.json").read_text("utf-8"))
    assert manifest["memories"][0]["columns"]["share"] == "DECIMAL(9,4)"


def test_equal_memories_give_equal_files(warehouse: Path, tmp_path: Path) -> None:
    first = memory.export_memories(tmp_path / "one", warehouse, MODELS)
    with duckdb.connect(str(warehouse)) as connection:  # the same rows in another order
        connection.execute("create or replace table intermediate.int_customer_register as from intermediate.int_customer_register order by account_key desc")
    assert memory.export_memories(tmp_path / "two", warehouse, MODELS) == first


def test_the_newer_suppression_list_is_applied(warehouse: Path, tmp_path: Path) -> None:
    memory.export_memories(tmp_path / "old", warehouse, MODELS)
    newer = tmp_path / "newer.duckdb"
    make(newer, erased=9)
    memory.export_memories(tmp_path / "new", newer, MODELS)
    fresh = tmp_path / "fresh.duckdb"
    memory.import_memories(tmp_path / "old", fresh, MODELS, tmp_path / "new")
    assert len(rows(fresh, "int_erasure_suppressions")) == 9
    assert len(rows(fresh, "int_customer_register")) == 300


def test_a_warehouse_with_memories_takes_no_others(warehouse: Path, tmp_path: Path) -> None:
    memory.export_memories(tmp_path / "export", warehouse, MODELS)
    with pytest.raises(memory.Refused, match="memories of its own"):
        memory.import_memories(tmp_path / "export", warehouse, MODELS)
    assert len(rows(warehouse, "int_customer_register")) == 300


def test_an_export_is_never_written_over(warehouse: Path, tmp_path: Path) -> None:
    memory.export_memories(tmp_path / "export", warehouse, MODELS)
    with pytest.raises(memory.Refused, match="not empty"):
        memory.export_memories(tmp_path / "export", warehouse, MODELS)


@pytest.mark.parametrize("damage", ["bytes", "missing", "manifest", "no manifest", "format", "foreign"])
def test_a_damaged_export_is_refused_before_anything_is_written(warehouse: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "export"
    memory.export_memories(folder, warehouse, MODELS)
    last = folder / "intermediate.int_tag_changes.parquet"
    manifest = folder / "manifest.json"
    text = manifest.read_text("utf-8")
    models = MODELS
    match damage:
        case "bytes":
            last.write_bytes(last.read_bytes()[:-20] + bytes(20))
        case "missing":
            last.unlink()
        case "manifest":
            manifest.write_text(text[:200], encoding="utf-8")
        case "no manifest":
            manifest.unlink()
        case "format":
            manifest.write_text(text.replace('"format": 1', '"format": 9'), encoding="utf-8")
        case "foreign":
            models = MODELS[1:]
    fresh = tmp_path / "fresh.duckdb"
    with pytest.raises(memory.Refused) as refusal:
        memory.import_memories(folder, fresh, models)
    assert "\n" not in str(refusal.value)
    assert not fresh.exists()


def test_a_file_that_does_not_hold_what_the_manifest_says_leaves_nothing(warehouse: Path, tmp_path: Path) -> None:
    """The last table fails: the first ones are not there either."""
    folder = tmp_path / "export"
    memory.export_memories(folder, warehouse, MODELS)
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["memories"][-1]["rows"] += 1
    manifest.write_text(json.dumps(content), encoding="utf-8")
    fresh = tmp_path / "fresh.duckdb"
    with pytest.raises(memory.Refused, match="does not hold"):
        memory.import_memories(folder, fresh, MODELS)
    assert not fresh.exists()
    duckdb.connect(str(fresh)).close()
    with pytest.raises(memory.Refused, match="does not hold"):
        memory.import_memories(folder, fresh, MODELS)
    with duckdb.connect(str(fresh), read_only=True) as connection:
        assert memory.tables_of(connection) == set()


def test_the_project_says_what_a_memory_is() -> None:
    """Every model that a full refresh keeps, without a list by hand."""
    names = {table for _, table in memory.memory_models()}
    assert {"int_customer_register", "int_tag_changes", "int_erasures", "int_erasure_suppressions", "salt_fingerprint"} <= names
    assert "int_touchpoints_recorded" not in names
