"""Publishing: whole and from one build, to each audience what it may see, while others read."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from scripts import publish

from tests.python.engines import ENGINE, ROOT, SmallProject

AUDIENCES = "audience,grantee\nanalyst,role_analyst\nbusiness,role_business\nservice,role_service\n"
TABLES = """table_name,audience,treatment,columns_left_out,rows_kept
build_state,analyst,whole,,
people,analyst,whole,,
people,business,hidden,,
people,service,whole,value_score|decile,tag != 'value'
regions,analyst,whole,,
regions,business,folded,note,
regions,service,hidden,,
"""
CELLS = """table_name,rows_kept,within_columns,along_columns,axis_columns,people,sums,follows
regions,period = 'month',month,,region,customers,customers|revenue,
"""
FILES = {"publication_audiences": AUDIENCES, "publication_tables": TABLES, "publication_cells": CELLS}


def make_warehouse(path: Path, build: str = "build-one", status: str = "complete", rows: int = 30) -> Path:
    """A warehouse with a table of people, a table of cells and a view."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.build_state as select '{build}' as build_id, '{status}' as status, 'a reason' as reason,"
            " date '2025-07-01' as as_of, 'print' as raw_fingerprint, timestamp '2025-07-01 03:00:00' as finished_at"
        )
        connection.execute(
            f"create table marts.people as select 'c' || i as customer_id, '{build}' as build_id, 0.5e0 as value_score, 1 as decile,"
            f" case when i % 3 = 0 then 'value' else 'base' end as tag from range({rows}) as numbers(i)"
        )
        connection.execute(
            "create table marts.regions as select * from (values ('month', '2025-05', 'north', 40, 400.00, 'x'), ('month', '2025-05', 'south', 30, 300.00, 'x'),"
            " ('month', '2025-05', 'west', 4, 40.00, 'x'), ('month', '2025-06', 'north', 50, 500.00, 'x'), ('week', '2025-06', 'north', 5, 50.00, 'x'))"
            " as cells(period, month, region, customers, revenue, note)"
        )
        connection.execute(f"create view marts.seen as select * from {path.stem}.marts.people")
    return path


def make_rules(folder: Path, **changed: str) -> Path:
    """The seeds of the test, some of them changed."""
    folder.mkdir(exist_ok=True)
    for name, content in {**FILES, **changed}.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Where to publish, the warehouse, the seeds."""
    return tmp_path / "published", make_warehouse(tmp_path / "w.duckdb"), make_rules(tmp_path / "rules")


def look(file: Path, sql: str) -> list[tuple]:
    """Rows of a query on a published file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_each_audience_gets_its_tables_and_columns(places: tuple[Path, Path, Path]) -> None:
    """Left-out columns and rows, hidden tables and what nobody decided about are not in the file."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    tables = "select table_name from information_schema.tables order by 1"
    assert look(folder / "analyst.duckdb", tables) == [("build_state",), ("people",), ("published_state",), ("regions",)]
    assert look(folder / "business.duckdb", tables) == [("published_state",), ("regions",)]
    assert look(folder / "service.duckdb", tables) == [("people",), ("published_state",)]
    assert [row[0] for row in look(folder / "service.duckdb", "describe marts.people")] == ["customer_id", "build_id", "tag"]
    assert look(folder / "service.duckdb", "select count(*), count(*) filter (where tag = 'value') from marts.people") == [(20, 0)]
    assert publish.not_decided(warehouse, rules) == ["build_state", "seen"]
    (folder / "board.duckdb").touch()
    assert publish.left_over(folder, rules) == [folder / "board.duckdb"]


def test_small_cells_are_folded_and_totals_hold(places: tuple[Path, Path, Path]) -> None:
    """4 people in the west go with the next region in size; the sums stay, overlapping periods are left out."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    assert look(folder / "business.duckdb", "from marts.regions order by all") == [
        ("month", "2025-05", "north", 40, pytest.approx(400), False),
        ("month", "2025-06", "north", 50, pytest.approx(500), False),
        (None, "2025-05", "(small)", 34, pytest.approx(340), True),
    ]


def test_the_file_says_of_which_build_it_is(places: tuple[Path, Path, Path]) -> None:
    """published_state has build, reference date and the rows beside it; nothing of the clock."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    assert look(folder / "service.duckdb", "select audience, cast(as_of as text), build_id, cast(built_at as text), table_count, row_count, k_anonymity from marts.published_state") == [
        ("service", "2025-07-01", "build-one", "2025-07-01 03:00:00", 1, 20, 10)
    ]


def test_the_file_is_read_only_and_of_a_version_that_tools_open(places: tuple[Path, Path, Path]) -> None:
    """Storage of DuckDB 1.4, no right to write, nothing unfinished beside it."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    file = folder / "business.duckdb"
    assert file.stat().st_mode & 0o222 == 0
    (tags,) = look(file, "select tags from duckdb_databases() where database_name = 'business'")[0]
    assert tags["storage_version"].startswith("v1.4.0")
    assert sorted(entry.name for entry in folder.iterdir()) == [".lock", "analyst.duckdb", "business.duckdb", "service.duckdb"]


@pytest.mark.parametrize("status", ["mixed", "running"])
def test_marts_of_several_builds_are_not_published(places: tuple[Path, Path, Path], status: str) -> None:
    """The old files stay, and the message says why and how to mend it."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    make_warehouse(warehouse, "build-two", status)
    with pytest.raises(publish.Refused, match=f"NOT from one build.*{status}.*To mend it"):
        publish.publish(folder, warehouse, rules_folder=rules, k=10)
    assert look(folder / "analyst.duckdb", "select build_id from marts.published_state") == [("build-one",)]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"publication_tables": TABLES.replace("value_score", "score_of_value")}, "leaves out people.score_of_value for service.*no such column"),
        ({"publication_tables": TABLES.replace("business,hidden", "bosses,hidden")}, "people for bosses.*no such audience"),
        ({"publication_tables": TABLES.replace("folded", "fold")}, "regions for business: treatment is 'fold'.*whole, folded, hidden"),
        ({"publication_tables": TABLES + "people,service,whole,,\n"}, "people for service: there are two rows"),
        ({"publication_cells": CELLS.replace("regions,", "areas,")}, "folds regions for business.*does not say how"),
        ({"publication_cells": CELLS.replace("month,,region", "month,,area")}, "names regions.area"),
        ({"publication_cells": CELLS.replace("period = 'month',month,,region", ",month,,region")}, "several rows have the same month, region"),
        ({"publication_cells": CELLS.replace("revenue,", "revenue,region=people.tag")}, "regions follow tables that business does not get"),
        ({"publication_tables": TABLES.replace("tag != 'value'", "tags != 'value'")}, "people cannot be made for service.*tags.*mend its conditions"),
        ({"publication_tables": TABLES.replace("treatment", "treatments")}, "publication_tables.csv has no column treatment"),
        ({"publication_tables": TABLES + "seen,analyst,whole\n"}, "publication_tables.csv, line 9: there are more or fewer values"),
    ],
    ids=["renamed column", "unknown audience", "unknown treatment", "twice", "no cells", "unknown axis", "no key", "follows what is hidden", "condition", "column of a seed", "values of a row"],
)  # fmt: skip
def test_seeds_that_cannot_be_used_publish_nothing(places: tuple[Path, Path, Path], changed: dict[str, str], message: str) -> None:
    """What is wrong, where, and how to mend it; nothing is written."""
    folder, warehouse, rules = places
    with pytest.raises(publish.Refused, match=message):
        publish.publish(folder, warehouse, rules_folder=make_rules(rules, **changed), k=10)
    assert not list(folder.glob("*.duckdb")) if folder.exists() else True


def publish_and_die(folder: Path, warehouse: Path, rules: Path, moment: str) -> None:
    """Runs in a process of its own: a run that is killed before a file takes its place, or half way."""
    original = publish.put_in_place

    def dying(fresh: Path, path: Path) -> None:
        if moment == "second" and path.name == "analyst.duckdb":
            original(fresh, path)
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    publish.put_in_place = dying
    publish.publish(folder, warehouse, rules_folder=rules, k=10)


@pytest.mark.parametrize("moment", ["first", "second"])
def test_a_killed_run_leaves_whole_files_and_the_next_clears_up(places: tuple[Path, Path, Path], moment: str) -> None:
    """Each file is the old one or the new one; what the killed run left is gone after the next."""
    folder, warehouse, rules = places
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    make_warehouse(warehouse, "build-two")
    process = multiprocessing.get_context("spawn").Process(target=publish_and_die, args=(folder, warehouse, rules, moment))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (folder / publish.UNFINISHED).exists()
    state = "select build_id from marts.published_state"
    assert look(folder / "analyst.duckdb", state) == [("build-one" if moment == "first" else "build-two",)]
    assert look(folder / "service.duckdb", state) == [("build-one",)]
    publish.publish(folder, warehouse, rules_folder=rules, k=10)
    assert look(folder / "service.duckdb", state) == [("build-two",)]
    assert not (folder / publish.UNFINISHED).exists()


READER = """
import sys, duckdb
seen, opens = set(), 0
while not __import__("os").path.exists(sys.argv[2]):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        builds = connection.execute("select distinct build_id from marts.people union select build_id from marts.published_state").fetchall()
        rows = connection.execute("select count(*) from marts.people").fetchall()[0][0]
    assert len(builds) == 1 and rows == 20000, (builds, rows)
    seen.add(builds[0][0])
    opens += 1
print(len(seen), opens)
"""


def test_readers_read_on_while_a_copy_is_replaced(places: tuple[Path, Path, Path], tmp_path: Path) -> None:
    """Two readers open the file over and over while five builds are published: always one whole build, no error."""
    folder, warehouse, rules = places
    make_warehouse(warehouse, "build-0", rows=20000)
    publish.publish(folder, warehouse, ["analyst"], rules_folder=rules, k=10)
    held = duckdb.connect(str(folder / "analyst.duckdb"), read_only=True)
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, str(folder / "analyst.duckdb"), str(stop)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for number in range(1, 6):
        make_warehouse(warehouse, f"build-{number}", rows=20000)
        publish.publish(folder, warehouse, ["analyst"], rules_folder=rules, k=10)
    stop.touch()
    results = [reader.communicate(timeout=60) for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], results
    # they read between the builds too, or this would prove nothing
    assert all(int(out.split()[0]) > 1 for out, _ in results)
    assert held.execute("select distinct build_id from marts.people").fetchall() == [("build-0",)]
    held.close()


def test_two_runs_do_not_publish_at_once(places: tuple[Path, Path, Path]) -> None:
    """The second is told to wait."""
    folder, warehouse, rules = places
    with publish.locked(folder), pytest.raises(publish.Refused, match="another run is publishing"):
        publish.publish(folder, warehouse, rules_folder=rules, k=10)


def test_parquet_of_the_last_two_builds(places: tuple[Path, Path, Path]) -> None:
    """`latest` names the newest; a folder is there whole; older ones go."""
    folder, warehouse, rules = places
    for build in ("aaaaaaaa", "bbbbbbbb", "cccccccc"):
        make_warehouse(warehouse, build)
        publish.publish(folder, warehouse, parquet=True, rules_folder=rules, k=10)
    assert sorted(entry.name for entry in (folder / "parquet").iterdir()) == ["2025-07-01-bbbbbbbb", "2025-07-01-cccccccc", "latest"]
    publish.publish(folder, warehouse, parquet=True, rules_folder=rules, k=10)
    assert sorted(entry.name for entry in (folder / "parquet").iterdir()) == ["2025-07-01-cccccccc", "2025-07-01-cccccccc-2", "latest"]
    file = folder / "parquet" / "latest" / "service" / "people.parquet"
    assert duckdb.sql(f"select count(*), any_value(build_id) from '{file}'").fetchall() == [(20, "cccccccc")]


def test_the_command_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No warehouse, an unknown audience, a file that is none: one line each, exit code 2."""
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(tmp_path / "none.duckdb"))
    assert publish.main(["--to", str(tmp_path / "out")]) == 2
    assert "there is no warehouse to publish; run `make build` first" in capsys.readouterr().err
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(make_warehouse(tmp_path / "w.duckdb")))
    assert publish.main(["--to", str(tmp_path / "out"), "--audience", "boss"]) == 2
    assert "there is no audience 'boss'; publication_audiences.csv names analyst, business, service" in capsys.readouterr().err
    (tmp_path / "text.duckdb").write_text("no database " * 1000, encoding="utf-8")
    monkeypatch.setenv("CUSTOMER360_WAREHOUSE", str(tmp_path / "text.duckdb"))
    assert publish.main(["--to", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "is damaged, or no warehouse" in error and len(error.splitlines()) == 1


def test_the_seeds_of_the_project_name_what_there_is() -> None:
    """Every column that a seed names is a column of its mart, and every mart is named for every audience."""
    columns: dict[str, set[str]] = {}
    for file in (ROOT / "models" / "marts").glob("*/*.yml"):
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", []):
            columns[model["name"]] = {column["name"] for column in model["columns"]}
    rules = publish.read_rules(publish.RULES)
    assert {(audience, mart) for audience in rules.audiences for mart in columns} <= set(rules.tables)
    unknown = [f"{rule.audience}: {rule.table}.{name}" for rule in rules.tables.values() for name in set(rule.columns_left_out) - columns.get(rule.table, set())]
    for table, of_table in rules.cells.items():
        if table not in columns:
            continue
        for rule in of_table:
            unknown += [f"cells: {table}.{name}" for name in (*rule.keys, *rule.along, *rule.sums) if name not in columns[table]]
            unknown += [f"follows: {other}.{name}" for _, other, name in rule.follows if name not in columns[other]]
            unknown += [f"follows: {table}.{name}" for name, _, _ in rule.follows if name not in rule.keys]
    assert not unknown


def test_business_sees_no_person_and_service_no_value_score() -> None:
    """No table with a key of a person goes to business; nothing that says what a person is worth to service."""
    rules = publish.read_rules(publish.RULES)
    columns = {
        model["name"]: {column["name"] for column in model["columns"]}
        for file in (ROOT / "models" / "marts").glob("*/*.yml")
        for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])
    }
    persons = {"customer_id", "account_key", "identity_key", "person_key", "order_id", "account_id", "record_key", "associate_id"}
    values = {"clv_365d", "value_tier", "rfm_score", "probability", "growth_potential", "gross_margin", "margin", "margin_rate", "unit_cost", "expected_value", "business_group"}
    for mart, names in columns.items():
        business, service = rules.tables["business", mart], rules.tables["service", mart]
        assert business.treatment == "hidden" or not names & persons, mart
        assert service.treatment == "hidden" or not (names - set(service.columns_left_out)) & values, mart


GRANTED = {
    "models/marts/people.sql": "select 'c1' as customer_id, cast(0.5 as double) as value_score, 'base' as tag union all select 'c2', cast(0.1 as double), 'value'",
    "models/marts/regions.sql": "select 'north' as region, 12 as customers",
    "models/marts/build_state.sql": "select 'complete' as status",
    "models/marts/secrets.sql": "select 1 as one",
    "models/marts/marts.yml": yaml.safe_dump({
        "models": [
            {"name": name, "columns": [{"name": column} for column in columns]}
            for name, columns in {"people": ["customer_id", "value_score", "tag"], "regions": ["region", "customers"], "build_state": ["status"], "secrets": ["one"]}.items()
        ]
    }),
    "seeds/publication_audiences.csv": "audience,grantee\nservice,role_service\n",
    "seeds/publication_tables.csv": "table_name,audience,treatment,columns_left_out,rows_kept\npeople,service,whole,value_score,tag != 'value'\nregions,service,folded,,\nbuild_state,service,hidden,,\n",
}


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A small project with marts and the seeds of publication, built."""
    project = SmallProject(tmp_path_factory.mktemp("grants"), ["cross_db", "governance"], "test_grants")
    for path, content in GRANTED.items():
        project.write(path, content)
    done = project.dbt("build")
    assert done.returncode == 0, done.stdout
    return project


def test_grants_follow_the_same_seeds(granted: SmallProject) -> None:
    """The printed statements make a view without the columns left out, and grant nothing else; the views can be made."""
    done = granted.dbt("--quiet", "run-operation", "grant_published")
    assert done.returncode == 0, done.stdout
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    grants = [line for line in lines if line.startswith("grant ")]
    assert len(grants) == 1 and "people" in grants[0] and "role_service" in grants[0]
    assert any(line.startswith("-- regions is not granted to service: its small cells") for line in lines)
    assert any(line.startswith("-- secrets is not granted to service: seed publication_tables does not name it") for line in lines)
    statements = [line.rstrip(";") for line in lines if line.startswith(("create ", "drop "))]
    assert len([line for line in statements if line.startswith("drop view")]) == 3
    if ENGINE == "spark":
        for statement in statements:
            granted.fetch(statement)
        assert granted.fetch("select * from published_service.people") == [("c1", "base")]
        # plain Spark knows the statement, but no users: Databricks, or Ranger, carry it out
        with pytest.raises(RuntimeError, match="INVALID_STATEMENT_OR_CLAUSE"):
            granted.fetch(grants[0].rstrip(";"))
    else:
        with duckdb.connect(str(granted.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            assert connection.execute("from published_service.people").fetchall() == [("c1", "base")]


def test_grants_are_refused_where_they_mean_nothing(granted: SmallProject) -> None:
    """An unknown audience; and an engine that knows no users, or marts of several builds."""
    done = granted.dbt("run-operation", "grant_published", "--args", "{audience: boss}")
    assert done.returncode != 0 and "there is no audience 'boss'; seed publication_audiences names service" in done.stdout
    if ENGINE == "duckdb":
        done = granted.dbt("run-operation", "grant_published", "--args", "{run: true}")
        assert done.returncode != 0 and "DuckDB knows no users" in done.stdout
