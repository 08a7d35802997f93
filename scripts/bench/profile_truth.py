"""How well the tags find what the simulator planted: precision and recall beside what the data allow.

    python -m scripts.bench.profile_truth WAREHOUSE TRUTH_FOLDER [WAREHOUSE TRUTH_FOLDER …]

precision  of the customers with the tag, how many have the value that was planted for their person
recall     of the people with at least three orders in the last year, how many have a customer with
           the right value
ceiling    of the same people, how many would be right if all their orders were known to be theirs and
           their most frequent value (ties by name) were taken without asking how clear it is
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from scripts.bench.truth import truth_table

PREFERENCES = {
    "favourite_category": ("coalesce(later_category, favourite_category)", "line.category"),
    "favourite_brand": ("favourite_brand", "line.brand"),
    "favourite_channel": ("favourite_channel", "purchase.channel"),
    "favourite_daypart": ("favourite_daypart", "dayparts.daypart"),
}
LEANINGS = {
    "price_sensitive": "bargain_hunter",
    "budget_chooser": "bargain_hunter",
    "discount_seeker": "bargain_hunter",
    "quality_seeker": "premium",
    "gifting": "gift_giver",
    "novelty_seeker": "explorer",
    "routine_buyer": "household_regular",
}


def people(connection: duckdb.DuckDBPyConnection, truth: Path) -> None:
    """Temporary tables: the true person, their accounts, and their orders of the last year."""
    connection.execute(f"create or replace temp table person as from {truth_table(truth, 'persons')}")
    connection.execute(
        "create or replace temp table owner as select accounts.customer_id, min(known.person_id) as person_id"
        " from intermediate.int_customer_accounts as accounts"
        f" join {truth_table(truth, 'accounts')} as known using (source_system, account_id)"
        " group by all having count(distinct known.person_id) = 1"
    )
    connection.execute(
        "create or replace temp table purchase as select person_id, orders.order_id, channel, hour(ordered_at) as hour_of_day"
        " from marts.orders join owner using (customer_id), staging.stg_commerce__as_of"
        " where ordered_on >= as_of - 365"
    )
    connection.execute(
        "create or replace temp table enough as select person_id from purchase group by all having count(*) >= 3"
    )


def preference(connection: duckdb.DuckDBPyConnection, tag: str) -> tuple[float, ...]:
    """Counts: tagged, right, people, found, possible."""
    planted, seen = PREFERENCES[tag]
    tagged, right = connection.execute(
        f"select count(*), count_if(tag_value = {planted}) from marts.customer_tags"
        " join owner using (customer_id) join person using (person_id) where tag = ?",
        [tag],
    ).fetchone()  # fmt: skip
    found = connection.execute(
        f"select count(distinct person_id) from marts.customer_tags join owner using (customer_id)"
        f" join person using (person_id) semi join enough using (person_id) where tag = ? and tag_value = {planted}",
        [tag],
    ).fetchone()[0]
    total, possible = connection.execute(
        f"with counted as (select person_id, {seen} as seen, count(distinct order_id) as orders from purchase"
        " left join reference.dayparts as dayparts using (hour_of_day)"
        " left join marts.order_lines as line using (order_id)"
        " where seen is not null group by all),"
        " first as (select person_id, seen from counted"
        " qualify row_number() over (partition by person_id order by orders desc, seen) = 1)"
        f" select count(*), count_if(seen = {planted}) from enough left join first using (person_id)"
        " join person using (person_id)"
    ).fetchone()
    return tagged, right, total, found, possible


def leaning(connection: duckdb.DuckDBPyConnection, tag: str) -> tuple[float, ...]:
    """Counts: tagged, of the segment, people who allow it, found, people of the segment."""
    segment = LEANINGS[tag]
    tagged, right = connection.execute(
        "select count(*), count_if(segment = ?) from marts.customer_tags join owner using (customer_id)"
        " join person using (person_id) where tag = ? and tag_value = 'yes'",
        [segment, tag],
    ).fetchone()
    total, base = connection.execute(
        "select count(*), count_if(segment = ?) from enough join person using (person_id)", [segment]
    ).fetchone()
    found = connection.execute(
        "select count(distinct person_id) from marts.customer_tags join owner using (customer_id)"
        " join person using (person_id) semi join enough using (person_id)"
        " where tag = ? and tag_value = 'yes' and segment = ?",
        [tag, segment],
    ).fetchone()[0]
    return tagged, right, total, found, base


def share(part: float, whole: float) -> str:
    """62 %, or a dash."""
    return f"{100 * part / whole:5.1f} %" if whole else "      –"


def main(arguments: list[str]) -> int:
    """Add up the counts over all warehouses and print two tables."""
    if not arguments or len(arguments) % 2:
        print(__doc__, file=sys.stderr)
        return 2
    sums: dict[str, list[float]] = {}
    for warehouse, truth in zip(arguments[::2], arguments[1::2], strict=True):
        with duckdb.connect(warehouse, read_only=True) as connection:
            people(connection, Path(truth))
            for tag in [*PREFERENCES, *LEANINGS]:
                counts = (preference if tag in PREFERENCES else leaning)(connection, tag)
                sums[tag] = [a + b for a, b in zip(sums.get(tag, [0] * 5), counts, strict=True)]
    print("planted preference      tagged  precision   recall   ceiling   people")
    for tag in PREFERENCES:
        tagged, right, total, found, possible = sums[tag]
        print(f"{tag:22} {tagged:7.0f}   {share(right, tagged)}  {share(found, total)}   {share(possible, total)}  {total:7.0f}")
    print("\nleaning of a segment    tagged  precision   recall   share of the segment")
    for tag, segment in LEANINGS.items():
        tagged, right, total, found, base = sums[tag]
        print(f"{tag:22} {tagged:7.0f}   {share(right, tagged)}  {share(found, base)}   {share(base, total)} {segment}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
