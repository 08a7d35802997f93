"""The memories of a warehouse as files: what no rebuild can bring back.

    python -m scripts.memory export FOLDER
    python -m scripts.memory import FOLDER [--erasures-from NEWER_FOLDER]

A memory is every model with `full_refresh: false` (the register of customer ids with its merges and
splits, the captured tags, the erasures carried out and their suppression list), and the fingerprint
of the salt where the warehouse keeps one. `export` writes each as Parquet with a manifest: columns,
rows, checksum. `import` puts them into a warehouse that has none of them, before the first build:
the same customers then get the same ids (docs/backup.md). It imports all or nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from scripts import environment_errors
from scripts.warehouse import ROOT, build_state, path_of_warehouse, quoted, text

FORMAT = 1
MANIFEST = "manifest.json"
# tables beside the models: the fingerprint of the salt that made the keys of all memories
COMPANIONS = ("salt_fingerprint",)
ERASURES = "int_erasure"  # names of the memories of erasure begin so


class Refused(Exception):
    """What cannot be done, and how to mend it, in one line."""


@dataclass(frozen=True)
class Memory:
    """One exported table."""

    schema: str
    table: str
    columns: dict[str, str]
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        """Its file in the folder of the export."""
        return f"{self.schema}.{self.table}.parquet"


def memory_models() -> list[tuple[str, str]]:
    """(schema, table) of every model that a full refresh keeps, as the project says."""
    from dbt.cli.main import dbtRunner

    parsed = dbtRunner().invoke(
        ["--quiet", "parse", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")]
    )
    if not parsed.success:
        raise Refused(f"the project cannot be parsed: {environment_errors.first_line(str(parsed.exception))}")
    models = [
        (node.schema, node.alias)
        for node in parsed.result.nodes.values()  # type: ignore[union-attr]
        if node.resource_type == "model" and node.config.full_refresh is False
    ]
    schemas = sorted({schema for schema, _ in models})
    return sorted(models) + [(schema, name) for schema in schemas for name in COMPANIONS]


def tables_of(warehouse: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    """(schema, table) of every table of the warehouse itself."""
    return set(
        warehouse.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    )


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """The columns of a relation with their types."""
    return {row[0]: row[1] for row in connection.execute(f"describe from {relation}").fetchall()}


def sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def export_memories(folder: Path, path: Path, models: list[tuple[str, str]]) -> list[Memory]:
    """Write the memories of a warehouse to a new folder: all of them or none."""
    if not path.exists():
        raise Refused(f"{path}: there is no warehouse to export from; CUSTOMER360_WAREHOUSE names another one")
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} is not empty; name a new folder, such as backup/2025-07-01")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with duckdb.connect(str(path), read_only=True) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            there = tables_of(warehouse)
            memories = []
            for schema, table in models:
                if (schema, table) not in there:
                    continue
                relation = quoted(schema, table)
                columns = columns_of(warehouse, relation)
                file = partial / f"{schema}.{table}.parquet"
                # sorted, so that equal memories give equal files
                warehouse.execute(f"copy (from {relation} order by all) to {text(file)} (format parquet, compression zstd)")
                rows = warehouse.execute(f"select count(*) from {relation}").fetchall()[0][0]
                memories.append(Memory(schema, table, columns, rows, sha256(file)))
            if not memories:
                raise Refused(f"{path} holds no memory yet; build it first")
            state = build_state(warehouse)
        manifest = {
            "format": FORMAT,
            "build": {name: None if value is None else str(value) for name, value in state.items()},
            "memories": [asdict(memory) for memory in memories],
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return memories


def read_export(folder: Path) -> list[Memory]:
    """The memories of an export, each checked against the manifest."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise Refused(f"{folder} holds no export: there is no {MANIFEST}; name the folder that `export` wrote")
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        version = content["format"]
        memories = [Memory(**entry) for entry in content["memories"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{manifest} is damaged; take another export ({environment_errors.first_line(error)})") from None
    if version != FORMAT:
        raise Refused(f"{manifest} has format {version}, this project reads {FORMAT}; import it with the version that wrote it")
    for memory in memories:
        file = folder / memory.file
        if not file.is_file():
            raise Refused(f"{file} is missing; take another export")
        if sha256(file) != memory.sha256:
            raise Refused(f"{file} is not what was exported (its checksum differs); take another export")
    return memories


def import_memories(folder: Path, path: Path, models: list[tuple[str, str]], erasures_from: Path | None = None) -> list[Memory]:
    """Put exported memories into a warehouse that has none: all of them or none."""
    sources = [(folder, memory) for memory in read_export(folder)]
    if erasures_from is not None:
        sources = [pair for pair in sources if not pair[1].table.startswith(ERASURES)]
        sources += [
            (erasures_from, memory) for memory in read_export(erasures_from) if memory.table.startswith(ERASURES)
        ]
    unknown = [memory.table for _, memory in sources if (memory.schema, memory.table) not in models]
    if unknown:
        raise Refused(f"{folder} holds {', '.join(unknown)}, which is no memory of this project; import it with the version that wrote it")
    is_new = not path.exists()
    try:
        with duckdb.connect(str(path)) as warehouse:
            warehouse.execute("set TimeZone = 'UTC'")
            there = tables_of(warehouse) & set(models)
            if there:
                raise Refused(
                    f"{path} has memories of its own ({', '.join(sorted(table for _, table in there))});"
                    " import into a new file, before its first build"
                )
            warehouse.execute("begin")
            for source, memory in sources:
                relation = quoted(memory.schema, memory.table)
                warehouse.execute(f"create schema if not exists {quoted(memory.schema)}")
                warehouse.execute(f"create table {relation} as from read_parquet({text(source / memory.file)})")
                rows = warehouse.execute(f"select count(*) from {relation}").fetchall()[0][0]
                if rows != memory.rows or columns_of(warehouse, relation) != memory.columns:
                    raise Refused(f"{source / memory.file} does not hold what {MANIFEST} says; take another export")
            warehouse.execute("commit")
    except BaseException:
        if is_new:
            for file in (path, path.with_name(path.name + ".wal")):
                file.unlink(missing_ok=True)
        raise
    return [memory for _, memory in sources]


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 done, 2 refused."""
    parser = argparse.ArgumentParser(prog="memory", description="Export or import what no rebuild can bring back.")
    parser.add_argument("what", choices=["export", "import"])
    parser.add_argument("folder", type=Path, help="the folder of the export")
    parser.add_argument(
        "--erasures-from", type=Path, metavar="FOLDER",
        help="import only: take the erasures and their suppression list from this newer export",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    path = path_of_warehouse()
    try:
        if chosen.what == "export":
            if chosen.erasures_from:
                parser.error("--erasures-from belongs to import")
            memories = export_memories(chosen.folder, path, memory_models())
            print(f"exported from {path} to {chosen.folder}:")
        else:
            memories = import_memories(chosen.folder, path, memory_models(), chosen.erasures_from)
            print(f"imported from {chosen.folder} into {path}; build it now, with the same CUSTOMER360_SALT:")
        for memory in memories:
            print(f"  {memory.schema + '.' + memory.table:<44} {memory.rows:>12,} rows")
    except Refused as refusal:
        print(f"memory {chosen.what}: {refusal}", file=sys.stderr)
        return 2
    except (duckdb.Error, OSError) as error:
        known = environment_errors.explain(str(error), str(path))
        print(f"memory {chosen.what}: {known or environment_errors.first_line(error)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
