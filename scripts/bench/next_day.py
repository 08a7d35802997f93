"""One more day of raw files: what a shop's systems deliver the next morning.

The rows of the day that was a week earlier come once more under new keys (the last day of a simulated shop is fuller than others). Beside them: events that are three days late,
orders of the last weeks with another amount, new accounts of which some carry the e-mail address of
an older account (they merge), and one request for erasure.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from scripts import raw_contract

OWN_KEYS = {  # keys of rows that happen on a day; the rows of the next day get others
    "order_id": "orders", "visit_id": "store_visits", "account_id": "accounts", "event_id": "", "session_id": "",
    "payment_id": "", "return_id": "", "subscription_id": "", "entry_id": "", "referral_id": "", "interaction_id": "",
    "touch_id": "", "action_log_id": "", "ticket_id": "", "review_id": "", "response_id": "", "enrichment_id": "",
}  # fmt: skip
NOT_REPEATED = ("erasure_requests", "indicators", "exchange_rates")
ONE_IN = {"late event": 200, "corrected order": 100, "known address": 50}


def write(folder: Path) -> int:
    """Add the next day's file to each table of a folder; returns the rows."""
    contract = raw_contract.load()
    with duckdb.connect() as connection:
        for table in contract:
            if (folder / table).is_dir():
                connection.execute(
                    f"create view {table} as from read_parquet('{folder}/{table}/*.parquet', union_by_name = true)"
                )
        there = {name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()}
        # one order in two thousand is dated far ahead
        connection.execute(
            "create table day as select quantile_disc(cast(ordered_at as date), 0.999) as last_day from orders"
        )
        for table in ("orders", "store_visits", "accounts"):  # keys that other rows of the day refer to
            if table in there:
                key = next(column for column, owner in OWN_KEYS.items() if owner == table)
                happened = contract[table]["happened"]
                connection.execute(
                    f"create table day_{table} as select distinct {key} from {table}, day"
                    f" where cast({happened} as date) = last_day - 6"
                )
        rows = 0
        for table in sorted(there - set(NOT_REPEATED)):
            relation = next_rows(table, contract[table], there)
            if relation is None:
                continue
            file = folder / table / "next-day.parquet"
            rows += connection.execute(f"copy ({relation}) to '{file}' (format parquet)").fetchall()[0][0]
        if "erasure_requests" in there:
            file = folder / "erasure_requests" / "next-day.parquet"
            rows += connection.execute(
                "copy (select 'next-day' as request_id, source_system, account_id,"
                " last_day + interval 36 hour as requested_at, last_day + interval 40 hour as _loaded_at"
                " from accounts semi join orders using (source_system, account_id), day"
                " where account_id is not null order by account_id, source_system limit 1)"
                f" to '{file}' (format parquet)"
            ).fetchall()[0][0]
    return rows


def next_rows(table: str, rules: dict, there: set[str]) -> str | None:
    """SELECT of the rows that the next day brings; None for tables that do not grow by the day."""
    columns = rules["columns"]
    moved = [name for name, form in columns.items() if form.split()[0] == "timestamp"] + ["_loaded_at"]
    changed = {name: f"{name} + interval 7 day" for name in moved}
    for key, owner in OWN_KEYS.items():
        if key in columns and not owner:
            changed[key] = f"{key} || '-next'"
        elif key in columns and owner in there:
            changed[key] = f"case when {key} in (select {key} from day_{owner}) then {key} || '-next' else {key} end"
    happened = rules.get("happened")
    if happened:
        of_the_day = f"cast({happened} as date) = last_day - 6"
    elif "order_id" in rules["key"]:
        of_the_day = "order_id in (select order_id from day_orders)"
    else:
        return None
    if table == "accounts":
        kept = f"hash(account_id) % {ONE_IN['known address']} = 0"
        changed["email"] = f"case when {kept} then email else 'next-' || email end"
        changed |= dict.fromkeys(("phone", "loyalty_card_no", "social_id", "device_id"), "null")
    selects = [replaced(table, changed, of_the_day)]
    if table == "web_events":
        late = {"event_id": "event_id || '-late'", "_loaded_at": "last_day + interval 1 day"}
        selects.append(
            replaced(table, late, f"cast({happened} as date) = last_day - 3 and hash(event_id) % {ONE_IN['late event']} = 0")
        )
    if table == "orders":
        corrected = {"net_amount": "net_amount - 1", "_loaded_at": "last_day + interval 1 day"}
        selects.append(
            replaced(
                table,
                corrected,
                f"cast({happened} as date) between last_day - 20 and last_day - 1 and net_amount > 2"
                f" and hash(order_id) % {ONE_IN['corrected order']} = 0",
            )
        )
    return " union all by name ".join(selects)


def replaced(table: str, changed: dict[str, str], where: str) -> str:
    """SELECT of a table's rows with other values in some columns."""
    values = ", ".join(f"{value} as {column}" for column, value in changed.items())
    return f"select {table}.* replace ({values}) from {table}, day where {where}"
