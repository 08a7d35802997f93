"""No personal value of the input stands in a public table, and small cells are folded with their totals kept."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from engines import ROOT, SmallProject

WAREHOUSE = Path(os.environ.get("CUSTOMER360_WAREHOUSE", ROOT / "warehouse/customer360.duckdb"))
PERSONAL = {
    "email", "phone", "loyalty_card_no", "social_id", "device_id", "full_name", "birth_date",
    "guest_email", "guest_phone", "review_text", "verbatim",
}  # fmt: skip


def sample_values() -> set[str]:
    """Every personal value of the sample, as it came and in the forms that staging gives it."""
    values = set()
    for path in (ROOT / "seeds/sample").glob("sample_*.csv"):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for column in PERSONAL & row.keys():
                    text = (row[column] or "").strip()
                    # a damaged birth date such as 0000-00-00 is nobody's, and dates elsewhere look alike
                    if len(text) < 4 or (column == "birth_date" and not re.search("[1-9]", text)):
                        continue
                    values |= {text, text.lower()}
                    digits = re.sub(r"[^0-9]", "", text)
                    if "phone" in column and len(digits) >= 10:
                        values |= {digits, f"+86{digits[-11:]}", digits[-11:]}
    return values


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse built on the sample."""
    assert WAREHOUSE.exists(), f"build the sample first: {WAREHOUSE} is missing"
    with duckdb.connect(str(WAREHOUSE), read_only=True) as opened:
        yield opened


def test_no_personal_value_of_the_input_in_a_public_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Text, date and list columns of every table in marts, cell by cell, whole and word by word."""
    values = sample_values()
    assert len(values) > 3000
    columns = connection.execute("""
        select table_name, column_name, data_type from information_schema.columns
        where table_schema = 'marts' and (data_type like 'VARCHAR%' or data_type = 'DATE')
    """).fetchall()
    assert len(columns) > 100
    leaks = []
    for table, column, kind in columns:
        query = f'select distinct cast("{column}" as varchar) from marts.{table} where "{column}" is not null'
        cells = {row[0] for row in connection.execute(query).fetchall()}
        # days are shared by everybody; a birth date would stand in a column that says so
        if kind == "DATE":
            leaks += [(table, column, "a birth date")] if "birth" in column else []
            continue
        for cell in cells:
            words = {cell, *re.split(r"[\s,;|\"'{}:]+", cell)}
            if words & values or re.search(r"[^\s@]+@[^\s@]+[.][a-z]|\+861[3-9][0-9]{9}", cell):
                leaks.append((table, column, cell[:60]))
    assert leaks == []


CELLS = """
select * from (values
    ('jan', 'bag', 50, 80), ('jan', 'hat', 4, 6), ('jan', 'shoe', 3, 3), ('jan', 'coat', 12, 20),
    ('feb', 'bag', 30, 40), ('feb', 'hat', 10, 11),
    ('mar', 'bag', 2, 2), ('mar', 'hat', 1, 1),
    ('apr', 'bag', 9, 9), ('apr', 'hat', 6, 7)
) as cells(month, term, customers, searches)
"""


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, int, bool]]:
    """The cells after folding with k = 10, by month and term."""
    project = SmallProject(tmp_path_factory.mktemp("cells"), ["cross_db", "governance"], "test_privacy")
    project.write("models/cells.sql", CELLS)
    project.write("models/folded.sql", """
        {{ fold_small_cells(relation=ref('cells'), within=['month'], cell=['term'],
            people='customers', sums=['customers', 'searches'], k=10) }}
    """)
    done = project.dbt("run")
    assert done.returncode == 0, done.stdout
    rows = project.fetch(f"select month, term, customers, searches, is_folded from {project.schema}.folded")
    return {(month, term): (int(people), int(searches), flag) for month, term, people, searches, flag in rows}


def test_cells_under_k_are_folded_and_totals_hold(folded: dict[tuple[str, str], tuple[int, int, bool]]) -> None:
    totals: dict[str, list[int]] = {}
    for (month, _), (people, searches, _) in folded.items():
        totals.setdefault(month, [0, 0])
        totals[month][0] += people
        totals[month][1] += searches
    assert totals == {"jan": [69, 109], "feb": [40, 51], "mar": [3, 3], "apr": [15, 16]}


def test_nobody_stands_out(folded: dict[tuple[str, str], tuple[int, int, bool]]) -> None:
    # two small cells of 7 people would still be under k: the next one goes with them
    assert folded[("jan", "(small)")] == (19, 29, True)
    assert ("jan", "coat") not in folded
    # exactly k is enough
    assert folded[("feb", "hat")] == (10, 11, False)
    # two small cells that are enough together leave the rest alone
    assert folded[("apr", "(small)")] == (15, 16, True)
    # a group that is too small as a whole is one row
    assert [key for key in folded if key[0] == "mar"] == [("mar", "(small)")]
