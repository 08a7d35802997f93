"""The salt stays secret, a warehouse keeps the one it was built with, and it can be changed on purpose."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bad_input as bad
import duckdb
import pytest

# a part without any mark that a file might write otherwise
MARK = "Kx7qMARKw9"
SALT = f"it's a \"long\" {MARK} salt; --"
OTHER = f"another's {MARK} salt of some length"
SELECTION = ["-s", "+customer_accounts", "+quarantined_records", "--exclude-resource-type", "unit_test", "test"]

SHOP = {
    "orders.csv": "order_id,source_system,ordered_at,channel,status,net_amount,account_id,guest_email\n"
    "o1,web,2024-01-01,web,paid,1,a1,\no2,web,2024-02-01,web,paid,2,a2,\no3,web,2024-03-01,web,paid,3,,g@example.com\n"
    "o4,web,2024-03-02,web,paid,3,13800138000,\no5,web,2024-04-02,web,paid,oops,a2,\n",
    "accounts.csv": "source_system,account_id,email,phone,registered_at\nweb,a1,one@example.com,13800138001,2023-01-01\n"
    "web,a2,two@example.com,13800138002,2023-01-02\ncrm,c1,one@example.com,,2023-01-03\n",
    "erasure_requests.csv": "request_id,source_system,account_id,requested_at\nr1,web,a2,2024-02-10\n",
}


class Shop:
    """A small shop with data of its own, where nothing is allowed that is for samples only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = folder / "raw"
        self.raw.mkdir()
        for name, text in SHOP.items():
            (self.raw / name).write_text(text)

    def dbt(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command of dbt as a user runs it, everything logged."""
        command = [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", "--log-level-file", "debug", *words]
        command += ["--vars", json.dumps({"raw_data": str(self.raw / "{table}.csv")}), "--target-path", str(self.folder / "target")]
        settings = {"CUSTOMER360_WAREHOUSE": str(self.folder / "warehouse.duckdb"), "DBT_LOG_PATH": str(self.folder / "logs")}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CUSTOMER360_")}
        return subprocess.run(
            command, cwd=bad.ROOT, env={**inherited, **settings, **environment}, capture_output=True, text=True, check=False
        )

    def error(self, *words: str, **environment: str) -> str:
        """What the user reads where dbt refuses."""
        done = self.dbt(*words, **environment)
        assert done.returncode != 0, done.stdout
        assert "START sql" not in done.stdout  # nothing was built
        return " ".join(done.stdout.split())

    def people(self) -> dict[tuple[str, str | None], str]:
        """Customer ids by system and account; a guest has none."""
        rows = bad.fetch(self.folder, "select source_system, account_id, customer_id from intermediate.int_customer_accounts")
        return {(system, account): customer for system, account, customer in rows}

    def suppressed(self) -> set[str]:
        """The keys of erased people."""
        query = "select key_hash from intermediate.int_erasure_suppressions where key_kind != 'customer'"
        return {row[0] for row in bad.fetch(self.folder, query)}


def hashed(salt: str, *parts: str) -> str:
    """The formula that ids depend on: it may not change."""
    return hashlib.sha256("|".join([salt, *parts]).encode()).hexdigest()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop after its first build."""
    made = Shop(tmp_path_factory.mktemp("salt"))
    done = made.dbt("build", *SELECTION, CUSTOMER360_SALT=SALT)
    assert done.returncode == 0, done.stdout[-3000:]
    yield made


def test_keys_are_hashed_with_the_salt(shop: Shop) -> None:
    keys = {row[0] for row in bad.fetch(shop.folder, "select account_key from intermediate.int_customer_accounts")}
    personal = hashed(SALT, "key", "13800138000")
    assert {hashed(SALT, "account", "web", "a1"), hashed(SALT, "guest", "g@example.com"), hashed(SALT, "account", "web", personal)} <= keys
    assert hashed(SALT, "account", "web", "a2") in shop.suppressed()


def test_the_salt_stands_in_no_artefact(shop: Shop) -> None:
    """Logs, manifest, parser's memory, compiled and run SQL, documentation page, bytes and values of the warehouse."""
    done = shop.dbt("docs", "generate", "--static", CUSTOMER360_SALT=SALT)
    assert done.returncode == 0, done.stdout[-3000:]
    assert MARK not in done.stdout
    files = [path for path in shop.folder.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"dbt.log", "manifest.json", "partial_parse.msgpack", "run_results.json", "static_index.html", "warehouse.duckdb"} <= names
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []
    with duckdb.connect(str(shop.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        tables = warehouse.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        found = [
            table for schema, table in tables
            if warehouse.execute(f'select 1 from "{schema}"."{table}" as t where cast(t as varchar) like \'%{MARK}%\' limit 1').fetchall()
        ]  # fmt: skip
    assert found == []


def test_no_view_hashes_and_nobody_hashes_without_salt(shop: Shop) -> None:
    """A view would be read by clients that know no salt; their own attempts end in an error, not in a hash."""
    compiled = next((shop.folder / "target").rglob("compiled/**/base_members__account_traces.sql")).read_text("utf-8")
    with duckdb.connect(str(shop.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        views = warehouse.execute("select view_name from duckdb_views() where sql like '%customer360_salt%'").fetchall()
        assert views == []
        with pytest.raises(duckdb.Error, match="this connection has no customer360_salt"):
            warehouse.execute(compiled).fetchall()


@pytest.mark.parametrize(
    ("salt", "message"),
    [
        ("", "CUSTOMER360_SALT is not set"),
        ("fifteen letters", "CUSTOMER360_SALT is shorter than 16 characters"),
        (OTHER, "This warehouse was built with another salt than CUSTOMER360_SALT holds"),
    ],
)
def test_a_salt_that_will_not_do_is_refused(shop: Shop, salt: str, message: str) -> None:
    error = shop.error("build", *SELECTION, CUSTOMER360_SALT=salt)
    assert message in error
    assert "make change-salt" in error
    assert MARK not in error


def test_a_warehouse_without_fingerprint_is_known_by_its_register(shop: Shop) -> None:
    with duckdb.connect(str(shop.folder / "warehouse.duckdb")) as warehouse:
        warehouse.execute("alter table intermediate.salt_fingerprint rename to put_aside")
    error = shop.error("run", "-s", "stg_commerce__stores", CUSTOMER360_SALT=OTHER)
    assert "This warehouse was built with another salt" in error
    done = shop.dbt("run", "-s", "stg_commerce__stores", CUSTOMER360_SALT=SALT)
    assert done.returncode == 0, done.stdout[-3000:]
    query = "select a.fingerprint = b.fingerprint from intermediate.salt_fingerprint as a, intermediate.put_aside as b"
    assert bad.fetch(shop.folder, query) == [(True,)]


def test_an_erasure_needs_the_salt_of_the_warehouse(shop: Shop) -> None:
    words = "{source_system: web, account_id: a1}"
    error = shop.error("run-operation", "erase_customer", "--args", words, CUSTOMER360_SALT=OTHER)
    assert "This warehouse was built with another salt" in error


@pytest.mark.heavy
def test_the_salt_can_be_changed(shop: Shop) -> None:
    """The same people keep their ids, and who is erased stays erased; the old salt must be the right one."""
    before, erased = shop.people(), shop.suppressed()
    change = ["run-operation", "change_salt"]
    assert "put the salt of the last builds into CUSTOMER360_OLD_SALT" in shop.error(*change, CUSTOMER360_SALT=OTHER)
    wrong = shop.error(*change, CUSTOMER360_SALT=OTHER, CUSTOMER360_OLD_SALT="nobody's salt at all")
    assert "CUSTOMER360_OLD_SALT is not the salt that the warehouse was built with" in wrong

    # the file with the erased person is gone: the person's keys cannot be made anew
    accounts = (shop.raw / "accounts.csv").read_text()
    (shop.raw / "accounts.csv").write_text(re.sub("web,a2.*\n", "", accounts))
    lost = shop.error(*change, CUSTOMER360_SALT=OTHER, CUSTOMER360_OLD_SALT=SALT)
    assert re.search(r"nothing was changed. [1-9] keys of erased people cannot be made anew", lost)
    assert shop.suppressed() == erased
    (shop.raw / "accounts.csv").write_text(accounts)

    done = shop.dbt(*change, CUSTOMER360_SALT=OTHER, CUSTOMER360_OLD_SALT=SALT)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Keys of erased people that were lost: 0." in done.stdout
    assert hashed(OTHER, "account", "web", "a2") in shop.suppressed()
    assert len(shop.suppressed()) == len(erased)
    assert not shop.suppressed() & erased

    done = shop.dbt("build", *SELECTION, CUSTOMER360_SALT=OTHER)
    assert done.returncode == 0, done.stdout[-3000:]
    # an account id that is a phone number is hashed with the salt in sources' keys as well
    old, new = hashed(SALT, "key", "13800138000"), hashed(OTHER, "key", "13800138000")
    assert shop.people() == {(system, new if account == old else account): customer for (system, account), customer in before.items()}
    assert bad.fetch(shop.folder, "select count(distinct customer_id) from intermediate.int_customer_register") == [(len(set(before.values())),)]
    assert "This warehouse was built with another salt" in shop.error("run", "-s", "stg_commerce__stores", CUSTOMER360_SALT=SALT)
    assert [path.name for path in shop.folder.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()] == []
