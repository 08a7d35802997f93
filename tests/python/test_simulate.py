"""The simulator: same bytes every time, and every planted row where the truth says."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from scripts import raw_contract  # noqa: E402
from scripts.simulate.__main__ import main  # noqa: E402

CONTRACT = raw_contract.load()
SMALL = ["--orders-per-customer", "4", "--events-per-customer", "8", "--touches-per-customer", "5"]
AS_OF = datetime(2025, 7, 1)


def simulate(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [sys.executable, "-m", "scripts.simulate", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def made(folder: Path, *words: object) -> Path:
    """Simulate into a folder; the truth goes to its neighbour."""
    assert main(["--out", str(folder), *map(str, words)]) == 0
    return folder


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """800 customers as CSV."""
    folder = tmp_path_factory.mktemp("simulated") / "raw"
    return made(folder, "--customers", 800, "--seed", 7, "--format", "csv", *SMALL)


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_same_seed_gives_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        made(tmp_path / name, "--customers", 150, "--seed", seed, *SMALL)
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "again")
    assert bytes_in(tmp_path / "one_truth") == bytes_in(tmp_path / "again_truth")
    assert bytes_in(tmp_path / "one")["orders.csv"] != bytes_in(tmp_path / "other")["orders.csv"]


def test_rows_do_not_depend_on_files_and_processes(tmp_path: Path) -> None:
    small = ["--customers", 5_200, "--format", "parquet", "--months", 2, "--orders-per-customer", 3,
             "--events-per-customer", 3, "--touches-per-customer", 2,
             "--visits-per-customer", 1]  # fmt: skip
    whole = made(tmp_path / "whole", *small, "--customers-per-file", 20_000, "--workers", 1)
    parts = made(tmp_path / "parts", *small, "--customers-per-file", 5_000, "--workers", 2)
    assert len(list((parts / "orders").glob("part-*.parquet"))) == 2
    connection = duckdb.connect()
    for table in CONTRACT:
        one, many = f"'{whole}/{table}.parquet'", f"'{parts}/{table}/*.parquet'"
        for left, right in ((one, many), (many, one)):
            query = f"select count(*) from (from {left} except all from {right})"
            assert connection.execute(query).fetchone() == (0,), table


def test_parquet_is_typed_as_the_contract_says(tmp_path: Path) -> None:
    folder = made(tmp_path / "typed", "--customers", 50, "--format", "parquet")
    for table, column, expected in (
        ("orders", "ordered_at", "TIMESTAMP"),
        ("orders", "net_amount", "DECIMAL(18,4)"),
        ("exchange_rates", "rate_date", "DATE"),
        ("consents", "granted", "BOOLEAN"),
        ("order_items", "line_number", "BIGINT"),
    ):
        query = f"select typeof({column}) from '{folder}/{table}.parquet' limit 1"
        assert duckdb.sql(query).fetchall() == [(expected,)]


def test_every_table_has_rows_and_the_contract_s_columns(sample: Path) -> None:
    assert {path.stem for path in sample.iterdir()} == set(CONTRACT)
    for table, contract in CONTRACT.items():
        rows = list(rows_of(sample / f"{table}.csv"))
        assert rows, table
        assert [c for c in rows[0] if c != "_loaded_at"] == list(contract["columns"])


def test_every_enum_value_occurs(sample: Path) -> None:
    for table, contract in CONTRACT.items():
        for column, spec in contract["columns"].items():
            if str(spec).startswith("enum"):
                seen = {row[column].strip().lower() for row in rows_of(sample / f"{table}.csv")}
                assert set(spec.split()[-1].split("|")) <= seen, (table, column)


# -- an independent reading of the contract: which rows break it? ------------------------


def as_time(text: str) -> datetime:
    value = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return value.astimezone(timezone.utc).replace(tzinfo=None) if value.tzinfo else value


def is_valid(spec: str, text: str) -> bool:
    """One cell against one column of the contract."""
    kind, *more = spec.split()
    if not text.strip():
        return "required" not in more
    try:
        if kind in ("money", "number", "int", "double", "signed"):
            value = float(text)
            bounds = next((m.split("..") for m in more if ".." in m), None)
            if bounds and not float(bounds[0]) <= value <= float(bounds[1]):
                return False
            if "positive" in more and value <= 0:
                return False
            return kind in ("double", "signed") or value >= 0
        if kind == "timestamp":
            as_time(text)
        if kind == "date":
            date.fromisoformat(text)
        if kind == "enum":
            return text.strip().lower() in more[-1].split("|")
        if kind == "boolean":
            return text.lower() in ("true", "false")
    except ValueError:
        return False
    return True


def breaks_a_table_rule(table: str, row: dict[str, str]) -> bool:
    """Rules of raw_contract.md that concern one table."""
    if table == "orders":
        no_store = row["channel"].strip().lower() == "store" and not row["store_id"]
        return no_store or row["currency"].strip().upper() not in ("CNY", "USD", "HKD", "EUR", "")
    if table == "web_events":
        return not row["device_id"] and not row["account_id"]
    if table == "survey_responses":
        most = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}.get(
            row["survey_type"].strip().lower()
        )
        if most is None:
            return False
        return not row["score"] or not most[0] <= float(row["score"]) <= most[1]
    return False


@cache
def broken_rows(folder: Path) -> tuple[Counter, dict[str, int]]:
    """(table, key) of all rows that break the contract, and good rows of `orders`-like parents."""
    broken: Counter = Counter()
    counts: dict[str, int] = {}
    good_orders: set[str] = set()
    systems: dict[str, set[str]] = {}
    for row in rows_of(folder / "orders.csv"):
        systems.setdefault(row["order_id"], set()).add(row["source_system"].strip().lower())
    for table in CONTRACT:  # orders come first
        contract = CONTRACT[table]
        happened = contract.get("happened")
        specs = {column: str(spec) for column, spec in contract["columns"].items()}
        for row in rows_of(folder / f"{table}.csv"):
            counts[table] = counts.get(table, 0) + 1
            bad = not all(is_valid(spec, row[column]) for column, spec in specs.items())
            bad = bad or breaks_a_table_rule(table, row)
            loaded = row.get("_loaded_at")
            if not bad and happened and loaded and row[happened]:
                bad = as_time(row[happened]) > as_time(loaded) + timedelta(days=1)
            if table == "orders" and not bad:
                bad = len(systems[row["order_id"]]) > 1
            if contract.get("parent") and row["order_id"] not in good_orders:
                bad = True
            if bad:
                broken[table, "|".join(row[column] for column in contract["key"])] += 1
            elif table == "orders":
                good_orders.add(row["order_id"])
    return broken, counts


@pytest.mark.parametrize("preset", ["default", "hard"])
def test_exactly_the_planted_rows_break_the_contract(
    preset: str, sample: Path, tmp_path: Path
) -> None:
    folder = sample
    if preset == "hard":
        folder = made(
            tmp_path / "hard", "--customers", 400, "--seed", 11, "--preset", "hard", *SMALL
        )
    truth = Path(str(folder) + "_truth")
    broken, counts = broken_rows(folder)
    planted = list(rows_of(truth / "planted_rows.csv"))
    expected = Counter(
        (row["table_name"], row["record_key"])
        for row in planted
        if row["expected"] == "quarantined"
    )
    assert broken == expected
    for row in rows_of(truth / "planted_counts.csv"):
        if row["kind"] == "all_rows":
            assert counts[row["table_name"]] == int(row["row_count"])
        else:
            same = [
                p
                for p in planted
                if (p["table_name"], p["kind"]) == (row["table_name"], row["kind"])
            ]
            assert len(same) == int(row["row_count"])


def test_duplicates_are_the_planted_ones(sample: Path) -> None:
    planted = list(rows_of(Path(str(sample) + "_truth") / "planted_rows.csv"))
    broken, _ = broken_rows(sample)
    for table, contract in CONTRACT.items():
        keys = Counter(
            "|".join(row[c].strip().lower() for c in contract["key"])
            for row in rows_of(sample / f"{table}.csv")
        )
        for (name, key), count in broken.items():
            if name == table:
                keys[key.strip().lower()] -= count
        beyond_one = sum(count - 1 for count in keys.values() if count > 1)
        expected = [p for p in planted if (p["table_name"], p["expected"]) == (table, "duplicate")]
        assert beyond_one == len(expected), table


def test_the_harmless_image_error_is_on_every_product_view_of_its_visit(sample: Path) -> None:
    """On some of them only, it would say who opens more products, and be a cause after all."""
    errors: dict[str, dict[str, str]] = {}  # by visit and event; an older delivery may lack the field
    for row in rows_of(sample / "web_events.csv"):
        if row["event_type"] == "product_view" and row["session_id"]:
            events = errors.setdefault(row["session_id"], {})
            events[row["event_id"]] = events.get(row["event_id"]) or row["error_code"]
    visits = [list(events.values()) for events in errors.values() if "IMG-404" in events.values()]
    assert max(len(codes) for codes in visits) > 1
    assert all(set(codes) == {"IMG-404"} for codes in visits)


def test_newest_order_fixes_as_of_and_only_planted_rows_lie_after(sample: Path) -> None:
    broken, _ = broken_rows(sample)
    bad = {key for table, key in broken if table == "orders"}
    good = [r for r in rows_of(sample / "orders.csv") if r["order_id"] not in bad]
    newest = max(
        as_time(r["ordered_at"]) for r in good if r["status"].strip().lower() != "cancelled"
    )
    assert AS_OF - timedelta(days=1) <= newest < AS_OF
    planted = rows_of(Path(str(sample) + "_truth") / "planted_rows.csv")
    later = Counter(p["table_name"] for p in planted if p["expected"] == "after_as_of")
    for table, contract in CONTRACT.items():
        column = contract.get("happened")
        if column is None or contract["columns"][column].startswith("date"):
            continue
        keys = contract["key"]
        after = [
            row
            for row in rows_of(sample / f"{table}.csv")
            if (table, "|".join(row[k] for k in keys)) not in broken and row[column]
            and as_time(row[column]) >= AS_OF
        ]  # fmt: skip
        assert len(after) == later[table], table


def test_every_product_view_has_its_product_and_its_load_time(sample: Path) -> None:
    """The first of a visit as well as the others."""
    broken, _ = broken_rows(sample)
    views = [
        row for row in rows_of(sample / "web_events.csv")
        if row["event_type"] == "product_view" and ("web_events", row["event_id"]) not in broken
    ]  # fmt: skip
    planted = {row["record_key"] for row in rows_of(Path(str(sample) + "_truth") / "planted_rows.csv")}
    assert len(views) > 500
    for column in ("product_id", "category", "page_load_ms"):
        assert [row for row in views if not row[column] and row["event_id"] not in planted] == [], column


def test_planted_effects_of_actions_are_in_the_orders(tmp_path: Path) -> None:
    """Treated less held out is what the truth says on average: gains, sleeping dogs, opposite signs, one in the way."""
    folder = made(
        tmp_path / "raw", "--customers", 20_000, "--seed", 6, "--preset", "effects", "--format", "parquet", "--clean",
        "--events-per-customer", 1, "--touches-per-customer", 1, "--tables", "orders,action_log",
    )  # fmt: skip
    truth = f"{folder}_truth"
    connection = duckdb.connect()
    connection.execute(
        f"""create table rows as
        with placed as (  -- by the person: accounts, and orders of guests
            select owners.person_id, orders.ordered_at from '{folder}/orders.parquet' as orders
            inner join '{truth}/accounts.parquet' as owners using (source_system, account_id)
            union all
            select guests.person_id, orders.ordered_at from '{folder}/orders.parquet' as orders
            inner join '{truth}/guest_orders.parquet' as guests using (order_id)
        )
        select
            effects.action_log_id, effects.person_id, effects.action, persons.segment, effects.is_treated, effects.effect,
            effects.chance_of_one_more as chance, effects.orders_anyway, log.acted_at, log.assigned_group, log.selection_probability, log.holdout_share,
            (
                select count(*) from placed where placed.person_id = effects.person_id
                and placed.ordered_at >= log.acted_at and placed.ordered_at < log.acted_at + interval 30 days
            ) as orders
        from '{truth}/action_effects.parquet' as effects
        inner join '{folder}/action_log.parquet' as log using (action_log_id)
        inner join '{truth}/persons.parquet' as persons using (person_id)
        where log.acted_at < timestamp '2025-05-31'"""
    )
    assert connection.execute("select bool_and(is_treated = (assigned_group = 'treated')) from rows").fetchone() == (True,)
    assert connection.execute(
        "select count(distinct selection_probability), any_value(selection_probability * 6), any_value(holdout_share) from rows"
    ).fetchone() == (1, pytest.approx(1, abs=1e-4), pytest.approx(0.3))  # fmt: skip
    found = {
        (action, segment): (planted, seen, error)
        for action, segment, planted, seen, error in connection.execute(
            """select action, coalesce(segment, 'all'), avg(effect),
                avg(orders) filter (is_treated) - avg(orders) filter (not is_treated),
                sqrt(var_samp(orders) filter (is_treated) / count(*) filter (is_treated)
                    + var_samp(orders) filter (not is_treated) / count(*) filter (not is_treated))
            from rows group by grouping sets ((action), (action, segment))"""
        ).fetchall()
    }
    lucky = [row for (action, _), row in found.items() if action != "thank_you_gift"]
    off = [(seen - planted) / error for planted, seen, error in lucky]
    assert max(map(abs, off)) < 4 and sum(map(abs, off)) / len(off) < 1.2
    # opposite signs, and a call that only harms: far enough from nothing to be found
    assert found["win_back_offer", "household_regular"][0] < -0.1 < 0.05 < found["win_back_offer", "explorer"][0]
    assert found["service_call", "all"][1] < -2 * found["service_call", "all"][2]
    # nothing planted, and a holdout that holds the most eager
    planted, seen, error = found["thank_you_gift", "all"]
    assert planted == 0 and seen < -1.5 * error
    # who was just told about other goods answers the reminder less
    means = connection.execute(
        """select avg(reminder.chance) filter (mail.person_id is not null), avg(reminder.chance) filter (mail.person_id is null)
        from rows as reminder left join (select * from rows where action = 'cross_sell_email' and is_treated) as mail
            on reminder.person_id = mail.person_id and mail.acted_at < reminder.acted_at
            and mail.acted_at >= reminder.acted_at - interval 30 days
        where reminder.action = 'replenishment_reminder'"""
    ).fetchone()
    assert means[0] < 0.6 * means[1]


def test_identity_noise_is_as_harsh_as_promised(sample: Path) -> None:
    truth = Path(str(sample) + "_truth")
    people = list(rows_of(truth / "persons.csv"))
    accounts = list(rows_of(truth / "accounts.csv"))
    assert sum(p["shares_phone"] == "true" for p in people) >= 0.03 * len(people)
    assert sum(a["identifiers"] == "0" for a in accounts) >= 0.05 * len(accounts)
    assert any(a["has_recycled_phone"] == "true" for a in accounts)
    owners: dict[str, set[str]] = {}
    for row in rows_of(truth / "devices.csv"):
        owners.setdefault(row["device_id"], set()).add(row["person_id"])
    assert any(len(persons) > 1 for persons in owners.values())


def test_every_account_and_guest_order_has_its_person(sample: Path) -> None:
    truth = Path(str(sample) + "_truth")
    broken, _ = broken_rows(sample)
    known = {(r["source_system"], r["account_id"]) for r in rows_of(truth / "accounts.csv")}
    bad = {key for table, key in broken if table == "accounts"}
    for row in rows_of(sample / "accounts.csv"):
        if f"{row['source_system']}|{row['account_id']}" not in bad:
            assert (row["source_system"].strip().lower(), row["account_id"]) in known
    guests = {row["order_id"] for row in rows_of(truth / "guest_orders.csv")}
    bad = {key for table, key in broken if table == "orders"}
    listed = {
        row["order_id"]
        for row in rows_of(sample / "orders.csv")
        if not row["account_id"] and row["order_id"] not in bad
    }
    assert listed <= guests


def test_hard_preset_is_dirtier_and_clean_has_no_dirt(tmp_path: Path) -> None:
    sizes = {}
    for name, words in {"default": [], "hard": ["--preset", "hard"], "clean": ["--clean"]}.items():
        made(tmp_path / name, "--customers", 150, *SMALL, *words)
        sizes[name] = sum(1 for _ in rows_of(tmp_path / f"{name}_truth" / "planted_rows.csv"))
    assert sizes["hard"] > sizes["default"] > sizes["clean"] == 0
    assert not broken_rows(tmp_path / "clean")[0]


def test_no_real_mail_domains(sample: Path) -> None:
    text = (sample / "accounts.csv").read_text(encoding="utf-8") + (
        sample / "orders.csv"
    ).read_text(encoding="utf-8")
    domains = {match.lower() for match in re.findall(r"@([\w.-]+)", text)}
    assert all(re.search(r"(^|\.)example\.(com|cn|org)$", domain) for domain in domains)


def test_one_customer_is_enough(tmp_path: Path) -> None:
    folder = made(tmp_path / "one", "--customers", 1, "--seed", 3)
    assert len(list(rows_of(folder / "orders.csv"))) >= 1


def test_only_the_tables_asked_for(tmp_path: Path) -> None:
    folder = made(
        tmp_path / "two", "--customers", 20, "--tables", "orders,accounts", "--prefix", "x_"
    )
    assert {path.name for path in folder.iterdir()} == {"x_orders.csv", "x_accounts.csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--customers", 0], "--customers must be between 1 and"),
        (["--customers", "many"], "invalid int value: 'many'"),
        (["--customers", 5, "--months", 0], "--months must be between 1 and 60, not 0"),
        (["--customers", 5, "--tables", "orders,ordres"], "'ordres' is not a table"),
        (["--customers", 5, "--preset", "easy"], "invalid choice: 'easy'"),
        (["--customers", 5, "--truth", "OUT"], "--truth must not be the folder of the raw tables"),
        ([], "required: --customers"),
    ],
)
def test_bad_arguments_say_so_in_one_line(words: list, message: str, tmp_path: Path) -> None:
    out = tmp_path / "raw"
    result = simulate("--out", out, *[out if word == "OUT" else word for word in words])
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not out.exists()
