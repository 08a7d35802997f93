"""The project's own table materialization: what breaks its contract never shows, and a table made in slices is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from engines import ENGINE, SmallProject

pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the materialization is of DuckDB")

GOOD = "select cast(1 as bigint) as number, cast(2.5 as decimal(18, 2)) as money, cast('tea' as varchar) as word"
BROKEN = {
    "another_type": ("select 1 as number, cast(2.5 as decimal(18, 2)) as money, 'tea' as word", "contract"),
    "another_scale": ("select cast(1 as bigint) as number, cast(2.5 as decimal(18, 3)) as money, 'tea' as word", "contract"),
    "a_column_less": ("select cast(1 as bigint) as number, cast(2.5 as decimal(18, 2)) as money", "contract"),
    "a_column_more": (f"{GOOD}, 1 as stray", "contract"),
    "a_null": ("select cast(null as bigint) as number, cast(2.5 as decimal(18, 2)) as money, 'tea' as word", "NOT NULL"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Every table once as promised, then each with something wrong."""
    project = SmallProject(tmp_path_factory.mktemp("contracts"), ["materializations", "cross_db"], "main")
    columns = [
        {"name": "number", "data_type": "bigint", "constraints": [{"type": "not_null"}]},
        {"name": "money", "data_type": "decimal(18, 2)"},
        {"name": "word", "data_type": "string"},
    ]
    models = [{"name": name, "config": {"contract": {"enforced": True}}, "columns": columns} for name in BROKEN]
    project.write("models/models.yml", yaml.safe_dump({"version": 2, "models": models}))
    for name, (broken, _) in BROKEN.items():
        project.write(f"models/{name}.sql", f"{{% if var('broken', false) %}}{broken}{{% else %}}{GOOD}{{% endif %}}")
    project.write("models/large.sql", "{{ config(materialized='view') }} select range as number from range(2500000)")
    sums = "select getvariable('memory_slice') as slice, count(*) as people, sum(number) as total from {{ ref('large') }} where {{ in_this_slice('number') }}"
    project.write("models/sliced.sql", f"{{{{ config(sliced_by='large') }}}} {sums}")
    project.write("models/whole.sql", f"-- depends_on: {{{{ ref('sliced') }}}}\n{sums}")
    # after the others, as the limit is that of the whole engine
    little = "pre_hook=\"set memory_limit = '1GB'\", post_hook='reset memory_limit'"
    project.write("models/sliced_smaller.sql", f"{{{{ config(sliced_by='large', {little}) }}}}\n-- depends_on: {{{{ ref('whole') }}}}\n{sums}")
    good = project.dbt("run")
    assert good.returncode == 0, good.stdout
    project.dbt("run", "--vars", "{broken: true}")
    return project


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_breaks_its_contract_is_refused(built: SmallProject, name: str) -> None:
    """The build says why, and the table of the build before still stands."""
    assert BROKEN[name][1] in built.messages()[name]
    assert [tuple(map(str, row)) for row in built.fetch(f"select * from main.{name}")] == [("1", "2.50", "tea")]


def test_what_must_not_be_null_is_a_constraint(built: SmallProject) -> None:
    """As the contract says: this column and no other."""
    found = built.fetch("select column_name, is_nullable from duckdb_columns() where table_name = 'a_null' order by column_index")
    assert found == [("number", False), ("money", True), ("word", True)]


def test_a_table_made_in_slices_is_whole(built: SmallProject) -> None:
    """One statement for each million rows begun, each on rows of its own; the model after it sees all rows again."""
    assert built.fetch("select slice, people from main.sliced order by slice") == [(0, 833334), (1, 833333), (2, 833333)]
    assert built.fetch("select sum(total), sum(people) from main.sliced") == [(2499999 * 2500000 // 2, 2500000)]
    # a gigabyte: slices of a third of a million rows
    assert built.fetch("select count(*), sum(people), sum(total) from main.sliced_smaller") == [(8, 2500000, 2499999 * 2500000 // 2)]
    assert built.fetch("select slice, people, total from main.whole") == [(None, 2500000, 2499999 * 2500000 // 2)]
