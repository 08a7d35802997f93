"""Bad input as users bring it: a clear error before the build, or quarantine with reasons.

Every case runs dbt on the project itself. Nothing may be lost and nothing may crash.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import bad_input as bad
import duckdb
import pytest

from scripts import raw_files

HEADER = b"order_id,source_system,ordered_at,channel,status,net_amount\n"
ORDER = b"o1,web,2024-01-01,web,paid,1\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> bad.Place:
    return bad.Place(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CSV files of 60 simulated customers."""
    folder = tmp_path_factory.mktemp("clean") / "raw"
    words = ["--customers", "60", "--seed", "3", "--format", "csv", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "scripts.simulate", *words], cwd=bad.ROOT, check=True)
    return folder


# --- refused before the build -------------------------------------------------------------------


def test_all_errors_are_named_at_once_with_place_and_remedy(place: bad.Place) -> None:
    whole = place.folder / "whole.parquet"
    duckdb.sql(f"copy (select i as product_id from range(99999) as t(i)) to '{whole}'")
    error = place.error(
        {
            "orders.csv": HEADER.replace(b"net_amount", b"net_amout") + ORDER,
            "order_item.csv": b"a,b\n",
            "zzz.csv": b"a,b\n",
            "payments.csv": b"",
            "stores.csv": b"store_id,Store_ID \n",
            "products.parquet": whole.read_bytes()[:5000],
            "accounts.csv": "account_id\n".encode("utf-16") + b"x",
            "reviews.xlsx": b"PK",
        }
    )
    for message in (
        "unknown table order_item. Did you mean order_items? Rename it",
        "unknown table zzz. Known tables: orders, order_items,",
        "table orders: required column net_amount (money) is missing."
        " Is it your column net_amout? Rename it. Found: order_id,",
        "payments.csv: the file is empty; a header line with the column names was expected",
        "stores.csv: column store_id stands twice in the header",
        "products.parquet: not a whole Parquet file",
        "accounts.csv: is not UTF-16 throughout; save it as CSV in UTF-8",
        "reviews.xlsx: this kind of file is not read; use .parquet, .csv or .csv.gz",
    ):
        assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "nothing found at"),
        ({"stores.csv": b"store_id\ns1\n"}, "table orders is missing: it is the one table"),
        ({"orders.csv": HEADER}, "table orders has no rows"),
        ({"orders.csv": b""}, "orders.csv: the file is empty"),
    ],
)
def test_without_orders_there_is_no_build(
    place: bad.Place, files: dict[str, bytes], message: str
) -> None:
    assert message in place.error(files)


def test_a_table_that_is_no_file_is_refused_not_absent(place: bad.Place) -> None:
    place.put({"orders.csv": HEADER + ORDER})
    (place.raw / "stores.csv").mkdir()
    (place.raw / "payments.csv").symlink_to("nowhere.csv")
    (place.raw / "returns.csv").symlink_to("returns.csv")
    os.mkfifo(place.raw / "accounts.csv")
    result = bad.dbt(place.folder, place.pattern, "run-operation", "prepare_raw_data")
    error = " ".join(result.stdout.split())
    assert result.returncode != 0
    assert "raw/stores.csv: is a folder, not a file" in error
    assert "payments.csv: the link leads to a file that is not there" in error
    assert "returns.csv: the link leads in a circle" in error
    assert "accounts.csv: is not a file" in error
    assert "Traceback" not in error


def test_a_file_without_header_shows_nobodys_data(place: bad.Place) -> None:
    people = b"web,1001,anna.qzxv@example.org,13800138000,Anna Qzxv,female,email\n"
    error = place.error(
        {
            "orders.csv": b"o1,web,2024-01-01,web,paid,1,anna.qzxv@example.org\n" * 2,
            "accounts.csv": people,
            "stores.csv": b"qzxv,qzxv\n",
        }
    )
    assert "raw/orders.csv: line 1 is no header: of its 7 fields none names a column" in error
    assert "It has the form x9,xxx,9999-99-99,xxx,xxxx,9,xxxx.xxxx@xxxxxxx.xxx." in error
    assert "accounts.csv: line 1 is no header: of its 7 fields 1 names a column of the table" in error
    assert "stores.csv: line 1 is no header" in error
    assert "qzxv" not in error.lower()
    logs = (place.folder / "logs" / "dbt.log").read_text("utf-8")
    assert "qzxv" not in logs.lower()


def test_a_declared_delimiter_reaches_the_reader(place: bad.Place) -> None:
    place.put({"orders.csv": HEADER + ORDER, "stores.csv": b"store_id^store_name\ns1^a,b\n"})
    formats = {"raw_formats": {"stores": {"delimiter": "^"}}}
    result = bad.dbt(place.folder, place.pattern, "run-operation", "prepare_raw_data", variables=formats)
    assert result.returncode == 0, result.stdout
    assert bad.fetch(place.folder, "select store_id, store_name from raw.stores") == [("s1", "a,b")]


TWO_RUNS = """
import os, sys
from dbt.cli.main import dbtRunner
path, words = sys.argv[1], ["build", "-s", "+base_commerce__orders", *sys.argv[2:]]
words += ["--indirect-selection", "empty", "--exclude-resource-type", "unit_test"]
before = os.stat(path)
assert dbtRunner().invoke(words).success
text = open(path).read()
with open(path, "w") as file:
    file.write(text.replace("o1,", "o2,"))
os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
assert dbtRunner().invoke(words).success
"""


def copies() -> set[Path]:
    """Folders of mended copies that were left behind; those of a run that goes on are locked."""
    left = set()
    with raw_files.copies._door():
        for folder in raw_files.COPIES.resolve().glob("*/"):
            with suppress(BlockingIOError, FileNotFoundError), (folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.add(folder)
    return left


def test_two_runs_in_one_process_read_a_corrected_file_and_leave_no_copy(place: bad.Place) -> None:
    """The corrected file has the size and the time of the first one."""
    place.put({"orders.csv": HEADER + ORDER + b"damaged\n"})
    before = copies()
    result = bad.dbt(place.folder, place.pattern, script=TWO_RUNS, path=place.raw / "orders.csv")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    query = "select order_id, row_reasons from staging.base_commerce__orders order by all nulls last"
    assert bad.fetch(place.folder, query) == [("o2", None), (None, "unparseable_record")]
    assert copies() <= before
    with pytest.raises(duckdb.IOException, match="removed_after_each_run"):
        bad.fetch(place.folder, "select * from raw.orders")


def test_a_refused_input_leaves_no_copy(place: bad.Place) -> None:
    """Nor does a run that was killed, once another one has begun."""
    left = bad.ROOT / "target" / "raw_files" / "of_a_killed_run"
    left.mkdir(parents=True, exist_ok=True)
    (left / "orders.csv").write_text("o1")
    before = copies()
    place.error({"orders.csv": HEADER + b"damaged\n", "zzz.csv": b"a\n"})
    assert copies() <= before - {left}


def orders(*rows: str) -> dict[str, bytes]:
    """Orders, each given as status, time, currency."""
    lines = [f"o{number},web,{row},web,1" for number, row in enumerate(rows)]
    return {"orders.csv": "\n".join(["order_id,source_system,status,ordered_at,currency,channel,net_amount", *lines, ""]).encode()}


def test_a_build_without_any_accepted_order_says_why(place: bad.Place) -> None:
    """Not a green build as of 1970. The likely setting is named."""
    place.put(orders("paid,2024-01-01,EUR", "paid,2024-01-02,EUR", "paid,2024-01-02,USD", "paid,01-02-03,"))
    result = bad.dbt(place.folder, place.pattern, "build", "-s", "+stg_commerce__as_of", "--exclude-resource-type", "unit_test", "test")
    assert result.returncode != 0, result.stdout
    said = " ".join(result.stdout.split())
    assert "none of 4 orders could be accepted, so there is nothing to build from. Why:" in said
    assert "- 3 x no_exchange_rate:currency - 1 x not_a_timestamp:ordered_at" in said
    assert "orders are in EUR, USD, the setting base_currency is 'CNY': set base_currency to EUR, or deliver its rates" in said


def test_a_shop_whose_orders_are_all_cancelled_builds(place: bad.Place) -> None:
    place.put(orders("cancelled,2024-01-01,CNY"))
    result = bad.dbt(place.folder, place.pattern, "build", "-s", "+stg_commerce__as_of", "--exclude-resource-type", "unit_test", "test")
    assert result.returncode == 0, result.stdout
    assert str(bad.fetch(place.folder, "select as_of from staging.stg_commerce__as_of")[0][0]) == "2024-01-02"


def test_a_schema_called_raw_is_refused(tmp_path: Path) -> None:
    result = bad.dbt(tmp_path, "raw", "run-operation", "prepare_raw_data")
    assert result.returncode != 0
    assert "the schema name 'raw' is the project's own; call yours otherwise" in result.stdout


# --- read, with quarantine for what cannot be ----------------------------------------------------


def handmade() -> dict[str, bytes]:
    """A folder of CSV files in which hardly one is as the contract wants it."""
    orders = [
        ["plain", "2024-02-13", "paid", "10.50", "", "13800138000.0", "", "red"],
        ["slashes", "13/02/2024", "paid", "1", "", "", "", ""],
        ["thousands", "2024-02-13", "paid", "1,234", "", "", "", ""],
        ["words", "2024-02-13", "null", "N/A", "", "", "", ""],
        ["two", "2024-02-13", "paid", "7", "CNY", "", "2024-02-14", ""],
        ["two", "2024-02-13", "paid", "1", "USD", "", "2024-02-15", ""],
        ["huge", "2024-02-13", "paid", "50000000000", "XAU", "", "", ""],
        ["short"],
    ]
    head = "\ufeffORDER_ID; Ordered_At ;status;net_amount;currency;guest_phone;_loaded_at;colour"
    lines = [head + ";source_system;channel"]
    lines += [";".join([*order, *(["web", "web"] if len(order) > 1 else [])]) for order in orders]
    return {
        "orders.csv": "\r\n".join(lines).encode(),
        "payments.csv": b"payment_id,order_id,method,amount,paid_at,currency\r"
        b"p1,two,card,3,2024-02-13,CNY\rp2,two,card,4,2024-02-13,USD\rp3,gone,card,9,2024-02-13,\r",
        "exchange_rates.csv": b"currency,rate_date,rate\nUSD,2024-01-01,7.1\nXAU,2024-01-01,100000\n"
        b"EUR,2024-01-01,1e99\nGBP,2024-01-01,Infinity\nJPY,2024-01-01,0\n",
        "accounts.csv": "account_id,source_system,full_name\n1,web,José Muñoz\n".encode("latin-1"),
        "reviews.csv": b"review_id,rating,reviewed_at,review_text\nr1,5,2024-02-13,"
        + b"x" * 10_000_000 + b"\nr2,9,2024-02-13,\n",
        "stores.csv": b"store_id,store_name\n",
    }


@pytest.fixture(scope="module")
def odd(place: bad.Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The warehouse of the handmade folder, and the log of its build."""
    keep = tmp_path_factory.mktemp("odd") / "kept"
    return keep, place.build(handmade(), keep)


def test_odd_files_build_and_every_row_has_a_fate(odd: tuple[Path, str]) -> None:
    keep, _ = odd
    rows, _ = bad.reconciled(keep)
    counts = bad.record_counts(keep / "raw")
    assert rows == {table: count for table, count in counts.items() if count}
    assert counts["orders"] == 8
    assert counts["stores"] == 0


def test_every_bad_row_keeps_its_reasons(odd: tuple[Path, str]) -> None:
    keep, _ = odd
    assert bad.quarantine(keep, "orders") == {
        "slashes": "not_a_timestamp:ordered_at",
        "thousands": "not_a_number:net_amount",
        "words": "missing:status; missing:net_amount",
        "huge": "out_of_range:net_amount",
        "orders.csv:9": "unparseable_record",
    }
    assert bad.quarantine(keep, "payments") == {"p3": "unknown_order:order_id"}
    assert bad.quarantine(keep, "reviews") == {"r2": "out_of_range:rating"}
    assert bad.quarantine(keep, "exchange_rates") == {
        "EUR|2024-01-01": "out_of_range:rate",
        "GBP|2024-01-01": "not_a_number:rate",
        "JPY|2024-01-01": "out_of_range:rate",
    }


def test_a_line_that_cannot_be_split_shows_place_and_shape(odd: tuple[Path, str]) -> None:
    query = "select raw_record from marts.quarantined_records where reasons = 'unparseable_record'"
    assert bad.fetch(odd[0], query) == [('{"line":"orders.csv:9","shape":"xxxxx"}',)]


def test_an_order_in_two_currencies_counts_once(odd: tuple[Path, str]) -> None:
    query = "select currency, net_amount, row_status from staging.base_commerce__orders"
    found = bad.fetch(odd[0], query + " where order_id = 'two' order by currency")
    assert [(row[0], float(row[1]), row[2]) for row in found] == [
        ("CNY", 7, "duplicate"), ("USD", 1, "accepted"),
    ]
    query = "select payment_id, row_flags from staging.base_commerce__payments where order_id = 'two'"
    assert dict(bad.fetch(odd[0], query)) == {"p1": "order_currency_differs:currency", "p2": None}


def test_values_are_read_whatever_the_file_looks_like(odd: tuple[Path, str]) -> None:
    keep, _ = odd
    query = "select guest_phone from staging.base_commerce__orders where order_id = 'plain'"
    assert bad.fetch(keep, query) == [("+8613800138000",)]
    assert bad.fetch(keep, "select full_name from staging.base_members__accounts") == [("José Muñoz",)]
    query = "select length(review_text) from staging.base_feedback__reviews where review_id = 'r1'"
    assert bad.fetch(keep, query) == [(10_000_000,)]


def test_the_log_names_ignored_columns_and_mended_files(odd: tuple[Path, str]) -> None:
    _, log = odd
    assert "raw data: table orders: columns outside the contract are ignored: colour" in log
    assert "accounts.csv: 1 records, 1 lines were not UTF-8 and were read as Latin-1" in log
    assert "orders.csv: 7 records, 1 lines do not have the header's 10 fields" in log


@pytest.mark.parametrize("damage", [bad.damage_fields, bad.damage_structure])
def test_random_damage_loses_nothing(
    place: bad.Place, clean: Path, tmp_path: Path, damage: object
) -> None:
    """The invariants on raw rows and raw money run within the build."""
    log = place.build(bad.damaged(clean, damage, seed=11), tmp_path / "kept")  # type: ignore[arg-type]
    assert "raw_rows_are_all_accounted_for" in log
    assert "raw_money_is_all_accounted_for" in log
    rows, fates = bad.reconciled(tmp_path / "kept")
    assert rows == bad.record_counts(tmp_path / "kept" / "raw")
    assert fates["accepted"] > 1000
    assert fates["quarantined"] > 500


# --- tables in a database, typed; many files a table ---------------------------------------------

TYPED_TABLES = """
create schema my_schema;
create table my_schema."Orders" (
    "Order_ID" varchar, source_system varchar, ordered_at timestamptz, channel varchar,
    status varchar, account_id double, net_amount double, gross_amount decimal(12, 2),
    shipped_at timestamp, " Coupon_Code " varchar
);
insert into my_schema."Orders" values
    ('t1', 'web', '2024-01-01 10:00:00+08', 'web', 'paid', 1001, 10.5, 12.25, '2024-01-02', 'c'),
    ('t2', 'web', 'infinity', 'web', 'paid', 1001, 1, null, null, null),
    ('t3', 'web', '2024-01-01 10:00:00+08', 'web', 'paid', null, 'nan', null, null, null),
    ('t4', 'web', '2024-01-01 10:00:00+08', 'web', 'paid', 'inf', '-inf', null, null, null),
    ('t5', 'web', '2024-01-01 10:00:00+08', 'web', 'paid', 1002.5, 1, null, 'infinity', null),
    ('t6', 'web', null, 'web', 'paid', null, 1, null, null, null);
create table my_schema.accounts (
    source_system varchar, account_id bigint, phone double, birth_date date,
    registered_at timestamp_ns
);
insert into my_schema.accounts values
    ('web', 1001, 13800138000, '1990-05-01', '2023-01-01 00:00:00.123456789'),
    ('web', 1002, null, 'infinity', null);
create table my_schema.consents (
    source_system varchar, account_id bigint, purpose varchar, granted boolean, changed_at timestamp
);
insert into my_schema.consents values
    ('web', 1001, 'analytics', true, '2023-01-01'), ('web', 1001, 'marketing', null, '2023-01-01');
create table my_schema.exchange_rates (currency varchar, rate_date date, rate double);
insert into my_schema.exchange_rates values
    ('USD', '2023-01-01', 7.1), ('EUR', '2023-01-01', 'inf'), ('GBP', '2023-01-01', 'nan'),
    ('JPY', '-infinity', 0.05);
create table my_schema._notes (anything integer);
"""


def test_typed_tables_of_a_schema(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'; " + TYPED_TABLES)
    bad.build(tmp_path, "my_schema")
    rows, _ = bad.reconciled(tmp_path)
    assert rows == {"orders": 6, "accounts": 2, "consents": 2, "exchange_rates": 4}
    assert bad.quarantine(tmp_path, "orders") == {
        "t2": "not_a_timestamp:ordered_at",
        "t3": "missing:net_amount",
        "t4": "not_a_number:net_amount",
        "t5": "not_a_timestamp:shipped_at",
        "t6": "missing:ordered_at",
    }
    assert bad.quarantine(tmp_path, "accounts") == {"web|1002": "not_a_date:birth_date"}
    assert list(bad.quarantine(tmp_path, "consents").values()) == ["missing:granted"]
    assert sorted(bad.quarantine(tmp_path, "exchange_rates").values()) == [
        "missing:rate", "not_a_date:rate_date", "not_a_number:rate",
    ]
    columns = "order_id, account_id, coupon_code, cast(ordered_at as varchar), net_amount::double"
    query = f"select {columns} from staging.base_commerce__orders where row_status = 'accepted'"
    assert bad.fetch(tmp_path, query) == [("t1", "1001", "c", "2024-01-01 02:00:00", 10.5)]
    query = "select account_id, phone from staging.base_members__accounts where row_status = 'accepted'"
    assert bad.fetch(tmp_path, query) == [("1001", "+8613800138000")]


def test_a_folder_of_files_for_each_table(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "orders"
    folder.mkdir(parents=True)
    values = "'web' as source_system, date '2024-01-01' as ordered_at, 'web' as channel"
    values += ", 'paid' as status, 1.5 as net_amount"
    for name, column in (("o", "ORDER_ID"), ("p", "order_id")):
        query = f"select '{name}' as {column}, {values}"
        duckdb.sql(f"copy ({query}) to '{folder / name}.parquet'")
    pattern = str(tmp_path / "raw" / "{table}" / "*.parquet")
    result = bad.dbt(tmp_path, pattern, "run-operation", "prepare_raw_data")
    assert result.returncode == 0, result.stdout
    assert bad.fetch(tmp_path, "select order_id from raw.orders order by all") == [("o",), ("p",)]
    assert bad.fetch(tmp_path, "select * from raw.stores") == []
