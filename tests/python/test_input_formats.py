"""Formats of raw values: what is read without being declared, what a declaration makes readable.

One build of a small folder shows all of them; a second one has the formats of another country.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import bad_input as bad
import duckdb
import pytest

COLUMNS = "order_id,source_system,ordered_at,channel,status,net_amount,currency,account_id,guest_phone,_loaded_at"

# order id, ordered_at and what is read of it
TIMES = [
    ("t_slashes", "2025/01/10 10:00", "2025-01-10 10:00:00"),
    ("t_short", "2025/1/9 9:05", "2025-01-09 09:05:00"),
    ("t_short_dashes", "2025-1-9 9:05:07", "2025-01-09 09:05:07"),
    ("t_dots", "2025.01.09", "2025-01-09 00:00:00"),
    ("t_compact", "20250110", "2025-01-10 00:00:00"),
    ("t_compact_clock", "20250110 10:05", "2025-01-10 10:05:00"),
    ("t_basic", "20250110T100507Z", "2025-01-10 10:05:07"),
    ("t_chinese", "2025年01月10日 10:00", "2025-01-10 10:00:00"),
    ("t_chinese_day", "2025年1月9日", "2025-01-09 00:00:00"),
    ("t_utc", "2025-01-10 10:00:00 UTC", "2025-01-10 10:00:00"),
    ("t_gmt", "2025/1/10 10:00 GMT", "2025-01-10 10:00:00"),
    ("t_offset", "2025/01/10 10:00 +08:00", "2025-01-10 02:00:00"),
    ("t_wide", "２０２５－０１－１０　１０：００", "2025-01-10 10:00:00"),
    ("t_iso", "2025-01-10T10:00:00.25+08:00", "2025-01-10 02:00:00.25"),
]
TIMES_REFUSED = [
    ("x_day_first", "31/01/2025"), ("x_month_first", "01/31/2025"), ("x_epoch", "1736503200"), ("x_epoch_ms", "1736503200000"),
    ("x_no_day", "2025/02/30"), ("x_mixed", "2025/01-10"), ("x_month_13", "20251301"), ("x_zone", "2025-01-10 10:00 CET"),
]
AMOUNTS = [
    ("a_grouped", "1,234.56", "CNY", 1234.56), ("a_millions", "1,234,567", "CNY", 1234567),
    ("a_yen_sign", "￥12.50", "CNY", 12.5), ("a_yen", "¥12.50", "JPY", 12.5), ("a_code", "12.50 CNY", "CNY", 12.5),
    ("a_code_before", "cny 1,234.50", "", 1234.5), ("a_euro", "€ 9.99", "EUR", 9.99), ("a_dollar", "US$5", "USD", 5),
    ("a_wide", "１２．５０", "CNY", 12.5), ("a_renminbi", "12.50元", "CNY", 12.5), ("a_exponent", "1e2", "CNY", 100),
]
AMOUNTS_REFUSED = [
    ("y_ambiguous", "1,234", "CNY", "not_a_number:net_amount"), ("y_decimal_comma", "1.234,56", "CNY", "not_a_number:net_amount"),
    ("y_groups", "12,34.50", "CNY", "not_a_number:net_amount"), ("y_two_signs", "¥12.50 CNY", "CNY", "not_a_number:net_amount"),
    ("y_other_sign", "€9.99", "CNY", "currency_differs:net_amount"), ("y_other_code", "12.50 EUR", "USD", "currency_differs:net_amount"),
    ("y_won", "₩100", "JPY", "currency_differs:net_amount"),
]
KEYS = [
    # two orders that a spreadsheet made one: neither is a duplicate of the other
    ("1.23457E+11", "first"), ("1.23457E+11", "second"), ("1,23E+11", "third"), ("12e5", "kept"), ("Ａ－１", "folded"),
]


def orders() -> bytes:
    """The file of orders."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.split(","))

    def add(key: str, at: str = "2025-01-10", amount: str = "1", currency: str = "", account: str = "", phone: str = "") -> None:
        writer.writerow([key, "web", at, "web", "paid", amount, currency, account, phone, "2025-02-01"])

    for key, at, _ in TIMES:
        add(key, at)
    for key, at in TIMES_REFUSED:
        add(key, at)
    for key, amount, currency, _ in AMOUNTS:
        add(key, amount=amount, currency=currency)
    for key, amount, currency, _ in AMOUNTS_REFUSED:
        add(key, amount=amount, currency=currency)
    for key, account in KEYS:
        add(key, account=account)
    add("k_account", account="1.23457E+11")
    add("p_wide", phone="１３８００１３８０００")
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> bad.Place:
    return bad.Place(tmp_path_factory.mktemp("formats"))


@pytest.fixture(scope="module")
def plain(place: bad.Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of forms that are not declared."""
    keep = tmp_path_factory.mktemp("plain") / "kept"
    place.build(
        {
            "orders.csv": orders(),
            "exchange_rates.csv": b"currency,rate_date,rate\nEUR,2025/1/1,8\nUSD,20250101,7\nJPY,2025-01-01,0.05\n",
            "order_items.csv": b'order_id,line_number,product_id,quantity,net_amount\na_euro,1,p,1,"\xe2\x82\xac9.99"\na_euro,2,p,1,"$9.99"\n',
        },
        keep,
    )
    return keep


def read(folder: Path, column: str, table: str = "base_commerce__orders") -> dict[str, Any]:
    """A column of the accepted orders by order id."""
    return dict(bad.fetch(folder, f"select order_id, {column} from staging.{table} where row_status = 'accepted'"))


def test_unambiguous_times_are_read(plain: Path) -> None:
    found = read(plain, "cast(ordered_at as varchar)")
    assert {key: found.get(key) for key, _, _ in TIMES} == {key: value for key, _, value in TIMES}


def test_ambiguous_times_stay_in_quarantine(plain: Path) -> None:
    reasons = bad.quarantine(plain, "orders")
    assert {key: reasons.get(key) for key, _ in TIMES_REFUSED} == {key: "not_a_timestamp:ordered_at" for key, _ in TIMES_REFUSED}


def test_amounts_with_groups_and_signs_are_read(plain: Path) -> None:
    found = read(plain, "cast(net_amount as double)")
    assert {key: found.get(key) for key, *_ in AMOUNTS} == {key: value for key, _, _, value in AMOUNTS}


def test_ambiguous_amounts_and_other_currencies_are_refused(plain: Path) -> None:
    reasons = bad.quarantine(plain, "orders")
    assert {key: reasons.get(key) for key, *_ in AMOUNTS_REFUSED} == {key: reason for key, _, _, reason in AMOUNTS_REFUSED}
    # a line has the currency of its order
    assert bad.quarantine(plain, "order_items") == {"a_euro|2": "currency_differs:net_amount"}


def test_a_damaged_key_is_no_duplicate(plain: Path) -> None:
    query = "select account_id, row_status, row_reasons from staging.base_commerce__orders where account_id in ('first', 'second', 'third', 'kept')"
    assert {row[0]: row[1:] for row in bad.fetch(plain, query)} == {
        "first": ("quarantined", "damaged_key:order_id"), "second": ("quarantined", "damaged_key:order_id"),
        "third": ("quarantined", "damaged_key:order_id"), "kept": ("accepted", None),
    }


def test_a_damaged_reference_is_emptied_and_named(plain: Path) -> None:
    query = "select account_id, row_status, row_flags, row_corrections from staging.base_commerce__orders where order_id = 'k_account'"
    assert bad.fetch(plain, query) == [(None, "accepted", "damaged_key:account_id", "invalid_removed:account_id")]


def test_full_width_keys_and_phones_are_plain(plain: Path) -> None:
    assert read(plain, "account_id")["A-1"] == "folded"
    assert read(plain, "guest_phone")["p_wide"] == "+8613800138000"


# --- declared --------------------------------------------------------------------------------------

DECLARED = {
    "all_tables": {"decimal_mark": ",", "thousands_mark": "."},
    "orders": {
        "date_format": ["%d/%m/%Y", "%d/%m/%Y %H:%M"],
        "_loaded_at": {"epoch_unit": "s"},
        "shipped_at": {"date_format": "%d %b %y %I:%M %p"},
        "tax_amount": {"decimal_mark": "."},
    },
    "exchange_rates": {"rate_date": {"date_format": "%Y%d%m"}},
    "returns": {"returned_at": {"epoch_unit": "ms"}},
    "stores": {"encoding": "gb18030", "delimiter": "#"},
}


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of a folder in which nothing can be read without its declaration."""
    folder = tmp_path_factory.mktemp("declared")
    raw = folder / "raw"
    raw.mkdir()
    (raw / "orders.csv").write_text(
        "order_id;source_system;ordered_at;channel;status;net_amount;tax_amount;shipped_at;_loaded_at\n"
        "o1;web;31/01/2025;web;paid;1.234,56;0.5;01 Feb 25 01:05 PM;1738368000\n"
        "o2;web;01/02/2025 9:30;web;paid;1.234;1;01 Feb 25 12:00 AM;1738368000\n"
        "o3;web;2/2/2025;web;paid;12,5 €;1;;1738454400\n"
        "o4;web;2025-02-01;web;paid;1,5;1;;1738454400\n"
        "o5;web;02/02/2025;web;paid;1,234.56;1;;1738454400\n", "utf-8",
    )
    (raw / "exchange_rates.csv").write_text("currency;rate_date;rate\nUSD;20253101;0,95\n", "utf-8")
    (raw / "stores.csv").write_text("store_id#store_name\ns1#上海, 南京路\n", "gb18030")
    values = "'r1' as return_id, 'o1' as order_id, 1738454400500 as returned_at, 1.125 as quantity, cast(0.5 as double) as refund_amount"
    duckdb.sql(f"copy (select {values}) to '{raw / 'returns.parquet'}'")
    bad.build(folder, str(raw / "{table}.*"), {"base_currency": "EUR", "raw_formats": DECLARED})
    return folder


def test_what_is_declared_is_read(declared: Path) -> None:
    columns = "cast(ordered_at as varchar), cast(net_amount as double), cast(tax_amount as double), cast(shipped_at as varchar), cast(_loaded_at as varchar)"
    query = f"select order_id, {columns} from staging.base_commerce__orders where row_status = 'accepted' order by order_id"
    assert bad.fetch(declared, query) == [
        ("o1", "2025-01-31 00:00:00", 1234.56, 0.5, "2025-02-01 13:05:00", "2025-02-01 00:00:00"),
        ("o2", "2025-02-01 09:30:00", 1234, 1, "2025-02-01 00:00:00", "2025-02-01 00:00:00"),
        ("o3", "2025-02-02 00:00:00", 12.5, 1, None, "2025-02-02 00:00:00"),
    ]
    assert bad.fetch(declared, "select cast(rate_date as varchar), rate from staging.base_external__exchange_rates") == [("2025-01-31", 0.95)]


def test_files_are_read_in_their_encoding_and_with_their_delimiter(declared: Path) -> None:
    assert bad.fetch(declared, "select store_id, store_name from staging.base_commerce__stores") == [("s1", "上海, 南京路")]


def test_declared_wins_over_what_could_be_guessed(declared: Path) -> None:
    assert bad.quarantine(declared, "orders") == {"o4": "not_a_timestamp:ordered_at", "o5": "not_a_number:net_amount"}


def test_typed_columns_are_read_as_they_are(declared: Path) -> None:
    query = "select cast(returned_at as varchar), cast(quantity as double), cast(refund_amount as double) from staging.base_commerce__returns"
    assert bad.fetch(declared, query) == [("2025-02-02 00:00:00.5", 1.125, 0.5)]


def test_a_column_that_cannot_be_read_comes_with_the_declaration_that_mends_it(place: bad.Place, tmp_path: Path) -> None:
    days = [f"{day:02d}/01/2025" for day in range(1, 31)]
    lines = [f'o{n},web,{day},web,paid,"{n}.234,50",{1736503200000 + n}' for n, day in enumerate(days)]
    lines += [f"p{n},web,2025-01-01,web,paid,1,2025-01-01" for n in range(5)]
    place.put({"orders.csv": "\n".join(["order_id,source_system,ordered_at,channel,status,net_amount,shipped_at", *lines]).encode()})
    result = bad.dbt(place.folder, place.pattern, "build", "-s", "+format_suggestions", *bad.SELECTION[1 + 3:])
    assert result.returncode == 0, result.stdout[-3000:]
    said = " ".join(result.stdout.split())
    wanted = {
        "net_amount": 'orders: {net_amount: {decimal_mark: ",", thousands_mark: "."}}',
        "ordered_at": 'orders: {ordered_at: {date_format: "%d/%m/%Y"}}',
        "shipped_at": "orders: {shipped_at: {epoch_unit: ms}}",
    }
    found = bad.fetch(place.folder, "select column_name, suggestion, unread_count, mended_share from marts.format_suggestions")
    assert {row[0]: row[1] for row in found} == wanted
    assert {row[2:] for row in found} == {(30, 1.0)}
    for column, declaration in wanted.items():
        assert f"values of {column} cannot be read. Declare their format: raw_formats: {{{declaration}}}" in said


def test_wrong_declarations_are_refused_before_anything_builds(tmp_path: Path) -> None:
    formats = {
        "order": {"delimiter": ";"},
        "orders": {
            "orderd_at": {"date_format": "%d/%m/%Y"}, "delimiter": ";;", "date_formats": "%d", "net_amount": {"date_format": "%d/%m/%Y"},
            "ordered_at": {"date_format": "%d/%m/%Q"}, "shipped_at": {"epoch_unit": "seconds", "date_format": "%d/%m"},
            "tax_amount": {"decimal_mark": ",", "thousands_mark": ","}, "gross_amount": ",", "store_id": {"encoding": "latin-1"},
        },
    }
    result = bad.dbt(tmp_path, "nowhere/{table}.csv", "build", "-s", "stg_commerce__as_of", variables={"raw_formats": formats})
    assert result.returncode != 0
    said = " ".join(result.stdout.split())
    for message in (
        "var raw_formats: unknown table order. Did you mean orders?",
        "var raw_formats, orders: unknown option orderd_at. Did you mean ordered_at?",
        "var raw_formats, orders.delimiter: one character or tab was expected, not ';;'.",
        "var raw_formats, orders: unknown option date_formats. Did you mean date_format?",
        "var raw_formats, orders.net_amount: date_format is for columns of timestamp, date; this one is money.",
        "var raw_formats, orders.ordered_at.date_format: '%d/%m/%Q': %Q is not known",
        "var raw_formats, orders.shipped_at.epoch_unit: one of 's' 'ms' 'us' was expected, not 'seconds'.",
        "var raw_formats, orders.shipped_at.date_format: '%d/%m' needs a day (%d), a month (%m or %b) and a year (%Y or %y).",
        "var raw_formats, orders.shipped_at: date_format and epoch_unit exclude each other.",
        "var raw_formats, orders.tax_amount: decimal_mark and thousands_mark are the same.",
        "var raw_formats, orders.gross_amount: options were expected",
        "var raw_formats, orders.store_id: encoding concerns the whole file: name it beside the columns.",
    ):
        assert message in said, message
    assert "Traceback" not in said
    assert "START sql" not in said
