"""The hand-over of actions: whole, once, to nobody twice, and to nobody who did not agree."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from scripts import export_actions as export

from tests.python.engines import ROOT

PEOPLE = 12  # c0 and c1 are held out, c2 has no consent, c3 is a guest, c4 and c6 have none to personalisation


def make(path: Path, build: str = "build-one", as_of: str = "2025-07-01", status: str = "complete", log: str = "") -> None:
    """A warehouse with what the export reads."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "intermediate", "reference"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"create table marts.build_state as select '{build}' as build_id, '{status}' as status, 'a reason' as reason,"
            f" date '{as_of}' as as_of, 'print' as raw_fingerprint"
        )
        connection.execute(
            f"create table marts.customers as select 'c' || i as customer_id, true as has_analytics_consent, i != 2 as has_marketing_consent,"
            f" i not in (4, 6) as has_personalisation_consent from range({PEOPLE}) as numbers(i)"
        )
        connection.execute(
            "create table marts.customer_accounts as select 'k' || i || '-' || j as account_key, 'c' || i as customer_id,"
            " case when i = 3 then 'guest' else 'account' end as account_kind, 'shop' as source_system, 'a' || i || '-' || j as account_id,"
            f" timestamp '2024-01-01' + interval 1 day * j as first_seen_at from range({PEOPLE}) as numbers(i), range(2) as others(j)"
        )
        connection.execute(
            "create table marts.customer_next_actions as select 'c' || i as customer_id,"
            " case i % 3 when 0 then 'welcome' when 1 then 'win_back' else 'do_nothing' end as action,"
            " case i % 3 when 0 then 'email' when 1 then 'sms' end as channel, 'offer, with a comma' as offer, null as offered_item,"
            f" i < 2 as is_holdout, 0.9e0 as selection_probability, 0.1e0 as holdout_share, 1.5 as cost, date '{as_of}' as as_of,"
            f" i + 1 as priority from range({PEOPLE}) as numbers(i)"
        )
        connection.execute("update marts.customer_next_actions set action = 'welcome', channel = 'email' where customer_id = 'c2'")
        connection.execute(
            "create table reference.actions as select * from (values ('welcome', 30, 1, 365, 'marketing'), ('win_back', 3, 2, 180, 'marketing'))"
            " as rows(action, min_gap_days, max_per_person, cap_window_days, required_consent)"
        )
        # `old_shop` shares its ids with the shop
        connection.execute(
            "create view intermediate.int_account_names as select name as source_system, account_id, customer_id"
            " from marts.customer_accounts, (values ('shop'), ('old_shop')) as names(name) where account_kind = 'account'"
        )
        # text messages need a phone: c7 gave it with the older account, c10's newer one is blocked
        connection.execute("create table reference.action_channel_limits as select * from (values ('email', 'email'), ('sms', 'phone')) as rows(channel, identifier_type)")
        connection.execute(
            "create table intermediate.int_identity_mentions as select * from (values ('k7-0', 'phone', null), ('k10-0', 'phone', null),"
            " ('k10-1', 'phone', 'a reason'), ('k6-0', 'phone', null)) as rows(account_key, identifier_type, blocked_reason)"
        )
        connection.execute(
            "create table intermediate.int_effect_assignments (action_log_id varchar, action varchar, customer_id varchar, acted_on date)"
        )
        if log:
            connection.execute(f"insert into intermediate.int_effect_assignments values {log}")


@pytest.fixture(name="warehouse")
def small_warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    make(path)
    return path


def rows(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The files of an export by name."""
    found = {}
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            found[file.name] = list(csv.DictReader(stream))
    return found


def test_files_name_people_by_account_and_the_holdout_apart(warehouse: Path, tmp_path: Path) -> None:
    done = export.export_actions(tmp_path / "out", warehouse)
    files = rows(done.folder)
    assert {name: [row["account_id"] for row in found] for name, found in files.items()} == {
        "holdout.csv": ["a0-1", "a1-1"],  # the newest account of each that the channel reaches
        "welcome__email.csv": ["a6-1", "a9-1"],
        "win_back__sms.csv": ["a4-1", "a7-0", "a10-0"],
    }
    assert done.left_out == {"no account": 1, "no consent": 1}
    sent = files["welcome__email.csv"][0]
    assert (sent["assigned_group"], sent["selection_probability"], sent["holdout_share"], sent["offer"]) == ("treated", "0.9", "0.1", "offer, with a comma")
    assert {(row["assigned_group"], row["cost"]) for row in files["holdout.csv"]} == {("holdout", "0")}
    manifest = json.loads((done.folder / "manifest.json").read_text("utf-8"))
    assert manifest["build"] == {"build_id": "build-one", "as_of": "2025-07-01", "raw_fingerprint": "print"}
    assert (manifest["contacts"], manifest["holdout"]) == (5, 2)
    assert all(export.sha256((done.folder / entry["file"]).read_bytes()) == entry["sha256"] for entry in manifest["files"])


def test_consent_to_personalisation_is_asked_again_where_the_action_needs_it(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update reference.actions set required_consent = 'personalisation' where action = 'welcome'")
    done = export.export_actions(tmp_path / "out", warehouse)
    files = rows(done.folder)
    assert [row["account_id"] for row in files["welcome__email.csv"]] == ["a9-1"]  # c6 is gone
    assert "a4-1" in [row["account_id"] for row in files["win_back__sms.csv"]]  # c4 agreed to marketing, which is enough here
    assert done.left_out == {"no account": 1, "no consent": 2}


def test_a_second_run_changes_nothing(warehouse: Path, tmp_path: Path) -> None:
    first = export.export_actions(tmp_path / "out", warehouse)
    before = {file: file.read_bytes() for file in sorted((tmp_path / "out").rglob("*")) if file.is_file()}
    second = export.export_actions(tmp_path / "out", warehouse)
    assert not second.is_new and second.files == first.files
    assert {file: file.read_bytes() for file in sorted((tmp_path / "out").rglob("*")) if file.is_file()} == before
    # nor does one after the files were moved away, or one of the same day made by another build
    for file in first.folder.iterdir():
        file.unlink()
    first.folder.rmdir()
    assert export.export_actions(tmp_path / "out", warehouse).files == []
    make(warehouse, build="build-two")
    again = export.export_actions(tmp_path / "out", warehouse)
    assert again.files == [] and again.left_out["already handed over"] == 7


def test_later_builds_wait_for_the_log_and_keep_gaps_and_caps(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    handed = export.export_actions(out, warehouse)
    ids = {row["account_id"]: row["action_log_id"] for found in rows(handed.folder).values() for row in found}
    make(warehouse, build="build-two", as_of="2025-07-03")
    waiting = export.export_actions(out, warehouse)
    assert waiting.files == [] and waiting.left_out["waits for the log"] == 7
    # the log is back for c4 and c6: the gap of win_back is over, that of welcome is not
    log = f"('{ids['a4-1']}', 'win_back', 'c4', '2025-07-01'), ('{ids['a6-1']}', 'welcome', 'c6', '2025-07-01')"
    make(warehouse, build="build-three", as_of="2025-07-05", log=log)
    logged = export.export_actions(out, warehouse)
    assert rows(logged.folder).keys() == {"win_back__sms.csv"}
    assert [row["account_id"] for row in rows(logged.folder)["win_back__sms.csv"]] == ["a4-1"]
    assert logged.left_out["gap of the action"] == 1 and logged.left_out["waits for the log"] == 5
    # nobody else ever logged: after the wait win_back may come a second time, and not a third
    make(warehouse, build="build-four", as_of="2025-07-20", log=log)
    second = export.export_actions(out, warehouse)
    assert {row["account_id"] for found in rows(second.folder).values() for row in found} == {"a1-1", "a7-0", "a10-0"}
    assert second.left_out["cap of the action"] == 1  # c4
    make(warehouse, build="build-five", as_of="2025-08-05", log=log)
    assert "win_back__sms.csv" not in rows(export.export_actions(out, warehouse).folder)


def test_a_list_that_names_people_by_another_system_of_their_ids_counts(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export.export_actions(out, warehouse)
    ledger = out / "handed_over.csv"
    ledger.write_text(ledger.read_text("utf-8").replace(",shop,", ",old_shop,"), encoding="utf-8")
    make(warehouse, build="build-two", as_of="2025-07-02")
    assert export.export_actions(out, warehouse).left_out["waits for the log"] == 7


def test_a_run_that_died_before_the_list_is_made_good(warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as broken:
        broken.setattr(export, "write_ledger", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            export.export_actions(out, warehouse)
    make(warehouse, build="build-two", as_of="2025-07-02")
    after = export.export_actions(out, warehouse)
    assert after.files == [] and after.left_out["waits for the log"] == 7
    # and one that died while writing leaves nothing
    make(warehouse, build="build-three", as_of="2025-09-01")
    with monkeypatch.context() as broken:
        broken.setattr(json, "dumps", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            export.export_actions(out, warehouse)
    assert [folder.name for folder in out.iterdir() if folder.name.startswith("2025-09-01") or folder.name.endswith(".partial")] == []


def test_who_is_erased_leaves_the_list(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export.export_actions(out, warehouse)
    assert "a4-1" in (out / "handed_over.csv").read_text("utf-8")
    make(warehouse, build="build-two", as_of="2025-07-02")
    with duckdb.connect(str(warehouse)) as connection:
        for table in ("customers", "customer_accounts", "customer_next_actions"):
            connection.execute(f"delete from marts.{table} where customer_id = 'c4'")
    export.export_actions(out, warehouse)
    assert "a4-1" not in (out / "handed_over.csv").read_text("utf-8")


def test_deleted_files_block_nobody_and_lost_lists_are_read_from_them(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = export.export_actions(out, warehouse)
    kept = (first.folder / "holdout.csv").read_bytes()
    (first.folder / "holdout.csv").unlink()
    make(warehouse, build="build-two", as_of="2025-07-02")
    assert export.export_actions(out, warehouse).left_out["waits for the log"] == 7
    # without the list its people are known from the files alone: none may be missing
    before = (out / "handed_over.csv").read_bytes()
    (out / "handed_over.csv").unlink()
    make(warehouse, build="build-three", as_of="2025-07-03")
    with pytest.raises(export.Refused, match="holdout.csv is missing and its people are not in handed_over.csv yet"):
        export.export_actions(out, warehouse)
    (first.folder / "holdout.csv").write_bytes(kept)
    assert export.export_actions(out, warehouse).left_out["waits for the log"] == 7
    assert sorted((out / "handed_over.csv").read_bytes().split()) == sorted(before.split())


def test_who_was_erased_does_not_come_back_from_the_files(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export.export_actions(out, warehouse)
    assert len((out / "handed_over.csv").read_text("utf-8").splitlines()) == 8
    for build, lost in (("build-one", False), ("build-two", True), ("build-two", False)):
        make(warehouse, build=build)  # the first one is that of the files
        if lost:
            (out / "handed_over.csv").unlink()
        with duckdb.connect(str(warehouse)) as connection:
            for table in ("customers", "customer_accounts", "customer_next_actions"):
                connection.execute(f"delete from marts.{table}")
        export.export_actions(out, warehouse)
        assert len((out / "handed_over.csv").read_text("utf-8").splitlines()) == 1, build
    # nobody is left of build-one, and it is known all the same: a new person of an old account id was not handed over
    make(warehouse, build="build-three", as_of="2025-07-03")
    assert sum(entry["rows"] for entry in export.export_actions(out, warehouse).files) == 7


@pytest.mark.parametrize(
    ("status", "damage", "words"),
    [("mixed", None, "not from one build (mixed: a reason)"), ("complete", "handed_over.csv", "handed_over.csv is damaged"),
     ("complete", "holdout.csv", "its checksum differs")],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused_in_one_line(warehouse: Path, tmp_path: Path, status: str, damage: str | None, words: str) -> None:
    out = tmp_path / "out"
    if damage:
        export.export_actions(out, warehouse)
        next(out.rglob(damage)).write_text("not,this\n1\n", encoding="utf-8")
        if damage != "handed_over.csv":  # files are read where the list does not hold them
            (out / "handed_over.csv").unlink()
    make(warehouse, build="build-two", as_of="2025-07-02", status=status)
    result = subprocess.run(
        [sys.executable, "-m", "scripts.export_actions", str(out)],
        cwd=ROOT, env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert words in result.stderr and result.stderr.count("\n") == 1
