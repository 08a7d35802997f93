"""Identity, register and erasure as a user meets them: raw files in, builds, questions to the marts.

One small shop is built, changed, built again and asked to forget somebody. Each test is one question.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engines import ROOT

SALT = "a salt for tests only"
ACCOUNT_COLUMNS = [
    "source_system", "account_id", "email", "phone", "loyalty_card_no", "social_id", "device_id",
    "full_name", "gender", "birth_date", "registered_at",
]  # fmt: skip


# spellings of one mailbox, the last as its provider knows it
MAILBOX = ["zhao.gone@gmail.com", "zhaogone+app@gmail.com", "z.haogone@googlemail.com", "zhaogone@gmail.com"]


def account(system: str, key: str, day: int, **values: str) -> dict[str, str]:
    """One member account; `day` orders the registrations."""
    return {"source_system": system, "account_id": key, "registered_at": f"2024-01-{day:02d} 10:00:00", **values}


def order(key: str, day: int, **values: str) -> dict[str, str]:
    """One order over 100."""
    return {
        "order_id": key, "source_system": "web_shop", "ordered_at": f"2024-03-{day:02d} 10:00:00",
        "channel": "web", "status": "completed", "net_amount": "100.00", **values,
    }  # fmt: skip


def first_accounts() -> list[dict[str, str]]:
    """One group of accounts per case; the case is the start of the account id."""
    rows = [
        # a chain: e-mail, then phone, then card
        account("web_shop", "chain1", 1, email="Chain@mail.test-shop.cn"),
        account("app", "chain2", 2, email="chain@mail.test-shop.cn", phone="138 1111 2221"),
        account("pos", "chain3", 3, phone="+86 13811112221", loyalty_card_no="LC77"),
        account("crm", "chain4", 4, loyalty_card_no="LC77"),
        # fan-in: one account knows what three others know apart
        account("crm", "fan0", 9, email="fan@shop.cn", phone="13811112231", social_id="wxfan"),
        account("web_shop", "fan1", 1, email="fan@shop.cn"),
        account("pos", "fan2", 2, phone="13811112231"),
        account("mini_program", "fan3", 3, social_id="wxfan"),
        # diamond: two ways from the first to the last
        account("crm", "dia1", 1, email="dia@shop.cn", phone="13811112241"),
        account("app", "dia2", 2, email="dia@shop.cn", loyalty_card_no="LC88"),
        account("pos", "dia3", 3, phone="13811112241", social_id="wxdia"),
        account("web_shop", "dia4", 4, loyalty_card_no="LC88", social_id="wxdia"),
        # a couple with one phone, and a number with a new owner
        account("crm", "couple1", 1, email="she@shop.cn", phone="13811112251", birth_date="1980-01-01"),
        account("app", "couple2", 2, email="he@shop.cn", phone="13811112251", birth_date="1979-05-05"),
        account("crm", "recycled1", 1, phone="13811112261", full_name="Wang Fang"),
        account("app", "recycled2", 2, phone="13811112261", full_name="Li Lei"),
        # a kiosk in the shop, and the same number in two systems
        account("app", "kiosk1", 1, device_id="K1"),
        account("app", "kiosk2", 2, device_id="K1"),
        account("crm", "same", 1),
        account("web_shop", "same", 2),
        # made-up numbers
        account("pos", "fake1", 1, phone="13800000000"),
        account("pos", "fake2", 2, phone="13800000000"),
        # bought as a guest, registered later
        account("web_shop", "guest1", 20, email="later@shop.cn"),
        # changes between the builds: `late` meets, `part` separates
        account("crm", "late1", 1, email="late1@shop.cn"),
        account("app", "late2", 2, phone="13811112271"),
        account("crm", "part1", 1, email="part@shop.cn"),
        account("app", "part2", 2, email="part@shop.cn"),
        # one mailbox in two spellings, and a desk that two people sit at
        account("crm", "spelt1", 1, email="spelt.two.ways@gmail.com"),
        account("app", "spelt2", 2, email="SpeltTwoWays+app@googlemail.com"),
        account("crm", "desk1", 1, email="info@shop.cn"),
        account("app", "desk2", 2, email="info@shop.cn"),
        # somebody who will ask to be forgotten; of the last row only the address can be read
        account("crm", "gone1", 1, email=MAILBOX[0], phone="13811112281", full_name="Zhao Gone"),
        account("app", "gone2", 2, email=MAILBOX[1], device_id="DGONE"),
        account("app", "", 3, email=MAILBOX[2]),
        # who lives with them and uses their tablet, too
        account("app", "mate1", 3, email="mate@shop.cn"),
    ]
    rows += [account("crm", f"family{n}", n, email="family@shop.cn") for n in range(1, 7)]
    rows += [account("crm", f"five{n}", n, phone="13811112291") for n in range(1, 6)]
    return rows


FIRST_ORDERS = [
    order("O1", 1, guest_email="LATER@shop.cn"),
    order("O2", 2, source_system="crm", account_id="gone1", net_amount="250.00"),
    order("O3", 3, source_system="crm", account_id="chain4"),
    order("O4", 4, guest_phone="13811112281", net_amount="40.00"),
]


def event(number: int, device: str, when: str, platform: str = "web", **values: str) -> dict[str, str]:
    """One web event; anonymous without an account."""
    return {"event_id": str(number), "source_system": "app", "occurred_at": f"2024-02-{when}:00:00",
            "event_type": "page_view", "device_id": device, "platform": platform, **values}  # fmt: skip


EVENTS = [
    # a phone: anonymous on the 4th, log-in on the 10th; the other account is the same person
    event(1, "PHONE", "04 10"), event(2, "PHONE", "10 10", account_id="chain2"),
    event(3, "PHONE", "12 10", source_system="crm", account_id="chain4"),
    # a tablet in turns, a laptop that was sold, a kiosk in the shop
    event(4, "TABLET", "05 10", account_id="late2"), event(5, "TABLET", "06 10", account_id="part2"),
    event(6, "TABLET", "07 10", account_id="late2"),
    event(7, "LAPTOP", "05 10", account_id="late2"), event(8, "LAPTOP", "20 10", account_id="part2"),
    event(9, "KIOSK", "05 10", "kiosk", account_id="late2"),
    # the tablet of somebody who will ask to be forgotten: nobody's, the flatmate's, and another device of theirs
    event(10, "DGONE", "05 10"), event(11, "DGONE", "06 10", account_id="mate1"),
    event(12, "DSEEN", "07 10", account_id="gone2"), event(13, "DSEEN", "08 10"),
]  # fmt: skip


class Shop:
    """A folder of raw files with its warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warehouse = folder / "shop.duckdb"

    def write(self, table: str, rows: list[dict[str, str]]) -> None:
        """Write one raw table."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        path = self.folder / "raw" / f"{table}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    def dbt(self, *words: str, salt: str = SALT) -> subprocess.CompletedProcess[str]:
        """One dbt command on this shop."""
        variables = {"raw_data": f"{self.folder}/raw/{{table}}.csv"}
        return subprocess.run(
            [str(Path(sys.executable).parent / "dbt"), "--no-use-colors", *words,
             "--vars", json.dumps(variables), "--target-path", str(self.folder / "target")],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "CUSTOMER360_WAREHOUSE": str(self.warehouse), "CUSTOMER360_SALT": salt},
        )  # fmt: skip

    def build(self) -> str:
        """Build what these tests look at; what dbt printed."""
        wanted = ["+customers", "+customer_accounts", "+customer_identifiers", "+identity_merges",
                  "+erasure_log", "+source_reconciliation", "+quarantined_records", "+int_device_owners"]  # fmt: skip
        done = self.dbt("build", "--exclude-resource-type", "test", "unit_test", "-s", *wanted)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def customers(self) -> dict[str, str]:
        """Customer id by `system account`."""
        rows = self.ask("select source_system, account_id, customer_id from marts.customer_accounts where account_id is not null")
        return {f"{system} {key}": customer for system, key, customer in rows}

    def state(self) -> dict[str, Any]:
        """Everything about identity that a second build must leave as it was."""
        tables = ["marts.customers", "marts.customer_accounts", "marts.customer_identifiers", "marts.identity_merges",
                  "marts.orders", "marts.erasure_log", "intermediate.int_customer_register", "intermediate.int_erasure_suppressions"]  # fmt: skip
        return {name: sorted(map(str, self.ask(f"select * from {name}"))) for name in tables}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """First build, the same again, changed data, a request; what the warehouse knew after each."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    accounts = first_accounts()
    shop.write("accounts", accounts)
    shop.write("orders", FIRST_ORDERS)
    shop.write("web_events", EVENTS)
    shop.build()
    told: dict[str, Any] = {"shop": shop, "first": shop.customers(), "state_1": shop.state()}
    told["guests"] = dict(shop.ask("select customer_id, count(*) from marts.customer_accounts where account_kind = 'guest' group by 1"))
    told["identifiers"] = shop.ask("select identifier_type, blocked_reason, account_count from marts.customer_identifiers where is_blocked")
    told["components"] = shop.ask("select account_key, customer_id from marts.customer_accounts")
    told["links"] = shop.ask("select account_key, other_account_key from marts.identity_merges where merge_kind = 'link'")
    told["devices"] = {
        name: shop.ask(f"""
            select accounts.account_id, owners.valid_from, owners.valid_to
            from intermediate.int_device_owners as owners
            inner join marts.customer_accounts as accounts using (account_key)
            where owners.device_key = sha256('{SALT}|device|{name}') order by owners.valid_from
        """)
        for name in ("PHONE", "TABLET", "LAPTOP", "KIOSK")
    }
    # the same data in another order, as a full refresh
    shop.write("accounts", accounts[::-1])
    assert shop.dbt("build", "--full-refresh", "--exclude-resource-type", "test", "unit_test", "-s",
                    "+customers", "+customer_accounts", "+customer_identifiers", "+identity_merges", "+erasure_log").returncode == 0  # fmt: skip
    told["state_2"] = shop.state()
    # a new account links two people, an address is corrected, and somebody asks to be forgotten
    accounts.append(account("pos", "late3", 25, email="late1@shop.cn", phone="13811112271"))
    next(row for row in accounts if row["account_id"] == "part2")["email"] = "other@shop.cn"
    shop.write("accounts", accounts)
    shop.write("erasure_requests", [
        {"request_id": "R1", "source_system": "app", "account_id": "gone2", "requested_at": "2024-03-05 10:00:00"},
        # nobody of that name; no time that can be read; no account that can be read
        {"request_id": "R0", "source_system": "app", "account_id": "nobody", "requested_at": "2024-03-05 10:00:00"},
        {"request_id": "R8", "source_system": "crm", "account_id": "same", "requested_at": "05/03/24"},
        {"request_id": "R9", "source_system": "crm", "account_id": "", "requested_at": "2024-03-05 10:00:00"},
    ])  # fmt: skip
    told["second_build"] = shop.build()
    told |= {"second": shop.customers(), "state_3": shop.state()}
    told["leftovers"] = residue(shop, [*MAILBOX, "13811112281", "DSEEN", "gone1", "gone2", "Zhao Gone"])
    told["tablet"] = shop.ask("select event_id, account_id from staging.stg_behaviour__web_events where device_id = 'DGONE'")
    told["requests"] = shop.ask("select request_id, accounts from marts.erasure_log order by 1")
    told["unreadable"] = shop.ask("select reasons from marts.quarantined_records where source_table = 'erasure_requests'")
    told["orders"] = shop.ask("select count(*), sum(net_amount), count(*) filter (where is_erased and customer_id is null) from marts.orders")
    told["balance"] = shop.ask("select source_table, raw_rows, accepted_rows, erased_rows from marts.source_reconciliation where erased_rows > 0 order by 1")
    told["log"] = shop.ask("select request_id, accounts, residue from marts.erasure_log where request_id = 'R1'")
    # another request by hand, then the request file disappears: nobody comes back
    told["operation"] = shop.dbt("run-operation", "erase_customer", "--args", "{source_system: crm, account_id: dia1, request_id: R2}")
    told["after_operation"] = residue(shop, ["dia@shop.cn", "13811112241", "LC88", "wxdia", "dia1", "dia2", "dia3", "dia4"])
    requests = shop.folder / "raw/erasure_requests.csv"
    requests.rename(shop.folder / "requests.csv")
    shop.build()
    told["after_rebuild"] = residue(shop, [*MAILBOX, "gone1", "gone2", "dia@shop.cn", "dia1", "dia2", "dia3", "dia4", "wxdia"])
    told["log_at_end"] = shop.ask("select request_id, accounts, residue from marts.erasure_log where residue is not null order by 1")
    # the person comes back, with the old address on the old tablet; the old request is still in the files
    (shop.folder / "requests.csv").rename(requests)
    back = [account("crm", "gone1", 1, email=MAILBOX[0], device_id="DGONE") | {"registered_at": "2024-03-20 10:00:00"}]
    shop.write("accounts", [row for row in accounts if row["account_id"] != "gone1"] + back)
    shop.write("orders", [*FIRST_ORDERS, order("O9", 25, source_system="crm", account_id="gone1", net_amount="70.00")])
    for build in ("back_1", "back_2"):
        shop.build()
        told[build] = shop.ask(f"select customer_id, order_count from marts.customers where customer_id = '{shop.customers()['crm gone1']}'")
    told["log_when_back"] = shop.ask("select request_id, accounts, residue from marts.erasure_log order by 1")
    told["ids_before"] = set(told["first"].values()) | set(told["second"].values())
    # a warehouse that never knew the person: what its file holds
    shop.write("accounts", accounts)
    shop.warehouse.unlink()
    shop.build()
    told["bytes"] = shop.warehouse.read_bytes()
    return told


def residue(shop: Shop, values: list[str]) -> list[tuple[str, str, str]]:
    """Every (table, column, value) outside the raw input that still holds a value, plain or hashed."""
    hashed = []
    for value in values:
        phone = f"+86{value}" if value.isdigit() else value
        for kind in ("email", "phone", "loyalty_card_no", "social_id", "device"):
            hashed.append(hashlib.sha256(f"{SALT}|{kind}|{phone}".encode()).hexdigest())
        for system in ("crm", "app", "pos", "web_shop"):
            hashed.append(hashlib.sha256(f"{SALT}|account|{system}|{value}".encode()).hexdigest())
        hashed.append(hashlib.sha256(f"{SALT}|guest|{phone}".encode()).hexdigest())
    found = []
    columns = shop.ask("""
        select table_schema, table_name, column_name from information_schema.columns
        where table_schema not in ('raw', 'reference', 'information_schema') and data_type = 'VARCHAR'
            and table_name != 'int_erasure_suppressions'
    """)
    assert len(columns) > 300
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        for schema, table, column in columns:
            texts = {row[0] for row in connection.execute(f'select distinct "{column}" from {schema}.{table} where "{column}" is not null').fetchall()}
            for text in texts:
                if text in hashed or any(value.lower() in text.lower() for value in values):
                    found.append((f"{schema}.{table}", column, text))
    return found


def is_one(customers: dict[str, str], prefix: str) -> bool:
    """True if all accounts of a case are one customer."""
    found = [customer for key, customer in customers.items() if key.split(" ")[1].startswith(prefix)]
    assert len(found) > 1
    return len(set(found)) == 1


def are_all_apart(customers: dict[str, str], prefix: str) -> bool:
    """True if every account of a case is a customer of its own."""
    found = [customer for key, customer in customers.items() if key.split(" ")[1].startswith(prefix)]
    assert len(found) > 1
    return len(set(found)) == len(found)


@pytest.mark.parametrize("case", ["chain", "fan", "dia", "five", "part", "spelt"])
def test_accounts_that_share_identifiers_are_one_customer(story: dict[str, Any], case: str) -> None:
    assert is_one(story["first"], case)


@pytest.mark.parametrize("case", ["couple", "recycled", "kiosk", "same", "fake", "family", "late", "desk"])
def test_what_proves_nothing_joins_nobody(story: dict[str, Any], case: str) -> None:
    assert are_all_apart(story["first"], case)


def test_guest_who_registers_later_is_the_same_customer(story: dict[str, Any]) -> None:
    assert story["guests"][story["first"]["web_shop guest1"]] == 1


def test_device_becomes_known_backwards_within_the_window(story: dict[str, Any]) -> None:
    [(_, start, end)] = story["devices"]["PHONE"]
    assert (str(start), end.year) == ("2024-01-11 10:00:00", 9999)


def test_device_that_changed_hands_has_an_owner_before_and_after(story: dict[str, Any]) -> None:
    rows = [(owner, str(start), str(end)) for owner, start, end in story["devices"]["LAPTOP"]]
    assert rows == [("late2", "2024-01-06 10:00:00", "2024-02-05 10:00:01"),
                    ("part2", "2024-02-20 10:00:00", "9999-12-31 00:00:00")]  # fmt: skip


def test_shared_devices_are_nobodys(story: dict[str, Any]) -> None:
    assert story["devices"]["TABLET"] == story["devices"]["KIOSK"] == []


def test_every_refusal_has_a_reason(story: dict[str, Any]) -> None:
    reasons = {(kind, reason) for kind, reason, _ in story["identifiers"]}
    assert {("email", "too_many_accounts"), ("phone", "placeholder"), ("phone", "contradicted_by_birth_date"),
            ("phone", "contradicted_by_name")} <= reasons  # fmt: skip


def test_customers_are_the_components_of_the_published_links(story: dict[str, Any]) -> None:
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(key for key, _ in story["components"])
    graph.add_edges_from(story["links"])
    by_customer: dict[str, set[str]] = {}
    for key, customer in story["components"]:
        by_customer.setdefault(customer, set()).add(key)
    assert {frozenset(part) for part in networkx.connected_components(graph)} == {
        frozenset(part) for part in by_customer.values()
    }


def test_same_data_in_another_order_changes_nothing_even_with_a_full_refresh(story: dict[str, Any]) -> None:
    assert story["state_1"] == story["state_2"]


def test_late_link_merges_into_the_customer_registered_first(story: dict[str, Any]) -> None:
    first, second = story["first"], story["second"]
    assert is_one(second, "late")
    assert second["crm late1"] in (first["crm late1"], first["app late2"])
    rows = [row for row in story["state_3"]["marts.identity_merges"] if "'merge'" in row]
    assert len(rows) == 1 and first["crm late1"] in rows[0] and first["app late2"] in rows[0]


def test_corrected_address_splits_and_the_founder_keeps_the_id(story: dict[str, Any]) -> None:
    first, second = story["first"], story["second"]
    assert second["crm part1"] == first["crm part1"]
    assert second["app part2"] != first["app part2"]
    rows = [row for row in story["state_3"]["marts.identity_merges"] if "'split'" in row]
    assert len(rows) == 1 and first["app part2"] in rows[0] and second["app part2"] in rows[0]


def test_everybody_else_keeps_the_customer_id(story: dict[str, Any]) -> None:
    changed = {key for key, customer in story["second"].items() if story["first"].get(key, customer) != customer}
    assert changed <= {"crm late1", "app late2", "app part2"}


def test_request_leaves_nothing_of_the_person(story: dict[str, Any]) -> None:
    assert story["leftovers"] == []
    assert story["log"] == [("R1", 3, 0)]


def test_totals_hold_after_an_erasure(story: dict[str, Any]) -> None:
    assert [(int(n), float(money), erased) for n, money, erased in story["orders"]] == [(4, 490.0, 2)]
    # accounts: two of the person and the row that could not be read, and the one whose request has no readable time
    assert story["balance"] == [("accounts", 47, 43, 4), ("erasure_requests", 4, 0, 3), ("web_events", 13, 10, 3)]


def test_device_of_the_erased_is_theirs_only_where_nobody_is_named(story: dict[str, Any]) -> None:
    assert story["tablet"] == [("11", "mate1")]


def test_no_request_is_dropped_in_silence(story: dict[str, Any]) -> None:
    # nobody of that name: 0; without a readable time: carried out all the same; without an account: listed twice
    assert story["requests"] == [("R0", 0), ("R1", 3), ("R8", 1), ("R9", 0)]
    assert story["unreadable"] == [("missing:account_id",)]
    assert "erasure requests that erased nobody: R0, R9." in story["second_build"]


def test_who_comes_back_is_a_new_person_and_the_old_request_leaves_them_alone(story: dict[str, Any]) -> None:
    [(customer, orders)] = story["back_1"]
    assert customer not in story["ids_before"]
    assert orders == 1
    assert story["back_2"] == story["back_1"]
    assert {residue for _, _, residue in story["log_when_back"]} == {0}


def test_plain_values_of_the_erased_are_never_written(story: dict[str, Any]) -> None:
    assert b"mate@shop.cn" in story["bytes"]
    assert [value for value in (*(address.encode() for address in MAILBOX), b"13811112281", b"DSEEN", b"Zhao Gone") if value in story["bytes"]] == []


def test_operation_erases_at_once_and_nobody_comes_back(story: dict[str, Any]) -> None:
    assert story["operation"].returncode == 0, story["operation"].stdout
    assert story["after_operation"] == []
    assert story["after_rebuild"] == []
    assert story["log_at_end"] == [("R0", 0, 0), ("R1", 3, 0), ("R2", 4, 0), ("R8", 1, 0), ("R9", 0, 0)]


def test_published_salt_is_refused_on_other_data(story: dict[str, Any]) -> None:
    done = story["shop"].dbt("run", "-s", "stg_commerce__as_of", salt="sample-salt")
    assert done.returncode != 0
    assert "CUSTOMER360_SALT is not set" in done.stdout
