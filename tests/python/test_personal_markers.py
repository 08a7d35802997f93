"""No e-mail address and no phone number of the input reaches a public table or a file of the build.

Every text column of every raw table gets one of each, whether it is made for them or not; one build
reads them all. They may stand in the raw tables and in `staging` and `intermediate`, which only the
build reads (docs/privacy.md), and in nothing else.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import bad_input as bad
import duckdb
import pytest

from scripts import raw_contract

CONTRACT = raw_contract.load()
MARKER = re.compile(r"leak[.]example|leak%2eexample|1370000[0-9]{4}|137 0000 [0-9]{4}", re.IGNORECASE)
TYPES = ("text", "code", "email", "phone")
ONLY_BUILD_READS = ("raw", "staging", "intermediate")


def markers(table: str, column: str) -> list[str]:
    """Texts for one column: an address, a number, and both among other words."""
    number = 100 * list(CONTRACT).index(table) + list(CONTRACT[table]["columns"]).index(column)
    address, phone = f"{table}.{column}@leak.example", f"1370000{number:04d}"
    texts = [address, phone, f"+86{phone}", f"86{phone}", f"137 0000 {number:04d}"]
    if column == "page_path":
        return [f"/u/{address}/orders", f"/call/{phone}", f"/m?mail={address.replace('@', '%40')}", f"/n/{address.replace('@', '%40')}"]
    if not column.endswith("_id"):
        texts += [f"Peter {phone}", f"Peter Smith {address}", f"手机{phone}"]
    return texts


def planted(table: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of a table, and copies of the last ones with one marker each; one row of markers is broken."""
    columns = CONTRACT[table]["columns"]
    texts = [name for name, words in columns.items() if words.split(" ")[0] in TYPES]
    times = [name for name, words in columns.items() if words.split(" ")[0] in ("timestamp", "date", "money", "int")]
    plain = rows[len(rows) // 2:] or rows
    added = []
    for name in texts:
        for text in markers(table, name):
            added.append({**plain[len(added) % len(plain)], name: text})
            for key in CONTRACT[table]["key"]:
                if key != name and key.endswith("_id") and columns[key].startswith("text"):
                    added[-1][key] += f"-{len(added)}"
    everything = {name: markers(table, name)[0] for name in texts}
    address, phone = f"{table}.broken@leak.example", f"1370000{9000 + list(CONTRACT).index(table)}"
    broken = [{**plain[0], **everything, name: text} for name in times[:2] for text in (address, phone)]
    return [*rows, *added, *broken]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of 40 simulated customers with markers; the raw files are elsewhere."""
    raw = tmp_path_factory.mktemp("raw")
    words = ["--customers", "40", "--seed", "3", "--format", "csv", "--out", str(raw), "--truth", "none", "--quiet"]
    subprocess.run([sys.executable, "-m", "scripts.simulate", *words], cwd=bad.ROOT, check=True)
    for path in raw.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            continue
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys([*rows[0], *CONTRACT[path.stem]["columns"]])), restval="")
            writer.writeheader()
            writer.writerows(planted(path.stem, rows))
    place = tmp_path_factory.mktemp("markers")
    result = bad.dbt(place, str(raw / "{table}.csv"), "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test", variables={"k_anonymity": 1, "search_term_min_customers": 2})
    assert result.returncode == 0, result.stdout[-4000:]
    return place


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, str]:
    """Text columns that hold a marker, by `schema.table.column`, with an example."""
    hits = {}
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        columns = "select table_schema, table_name, list(column_name) from information_schema.columns where data_type = 'VARCHAR' group by all"
        for schema, table, names in connection.execute(columns).fetchall():
            tests = [f"any_value(case when regexp_matches({name}, '(?i){MARKER.pattern}') then {name} end)" for name in names]
            values = connection.execute(f"select {', '.join(tests)} from {schema}.{table}").fetchone() or ()
            hits |= {f"{schema}.{table}.{name}": value for name, value in zip(names, values, strict=True) if value is not None}
    return hits


def test_markers_are_in_no_public_table(found: dict[str, str]) -> None:
    assert {name: text for name, text in found.items() if not name.startswith(tuple(f"{schema}." for schema in ONLY_BUILD_READS))} == {}
    # they were read: the raw tables and the columns made for them hold them
    assert sum(name.startswith("raw.") for name in found) > 100
    assert "staging.base_members__accounts.email" in found


def test_staging_holds_them_only_where_they_belong(found: dict[str, str]) -> None:
    allowed = {
        "email", "phone", "guest_email", "guest_phone", "loyalty_card_no", "social_id", "device_id", "full_name",
        "search_term", "review_text", "verbatim", "answer", "unparseable_line",
    }
    assert {name for name in found if name.startswith("staging.") and name.split(".")[2] not in allowed} == set()


def test_markers_are_in_no_file_of_the_build(folder: Path) -> None:
    paths = [path for path in folder.rglob("*") if path.is_file() and "warehouse" not in path.name and "raw_files" not in path.parts]
    found = [str(path.relative_to(folder)) for path in paths if MARKER.search(path.read_bytes().decode("latin-1"))]
    assert found == []
    assert len(paths) > 100
