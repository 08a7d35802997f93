"""Compare resolved identities with simulated truth: pairwise precision and recall of "same person".

The ceiling is the recall that shared identifiers allow: pairs of accounts of one person that a chain
of identifiers of that very person connects, with no regard to limits or blocked values.

    python -m scripts.bench.identity_truth WAREHOUSE TRUTH_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from scripts.bench.truth import truth_table

PAIRS = "select sum(size * (size - 1) / 2) from ({})"


def compare(warehouse: Path, truth: Path) -> dict[str, float]:
    """Precision, recall, ceiling of recall and recall of the ceiling over accounts and guests."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as house (read_only)")
        connection.execute(f"""
            create table person_of as
            select groups.account_key, groups.group_key, accounts.person_id
            from house.intermediate.int_identity_groups as groups
            inner join house.intermediate.int_identity_accounts as nodes using (account_key)
            inner join {truth_table(truth, 'accounts')} as accounts
                using (source_system, account_id)
        """)
        # a guest is the person who placed the first of its orders
        connection.execute(f"""
            insert into person_of
            select groups.account_key, groups.group_key, min_by(guests.person_id, orders.ordered_at)
            from house.intermediate.int_identity_groups as groups
            inner join house.staging.base_commerce__orders as orders on groups.account_key = orders.guest_key
            inner join {truth_table(truth, 'guest_orders')} as guests using (order_id)
            where orders.row_status = 'accepted'
            group by groups.account_key, groups.group_key
        """)

        def pairs(columns: str) -> float:
            counted = f"select count(*) as size from person_of group by {columns}"
            return float(connection.execute(PAIRS.format(counted)).fetchone()[0])

        found, true, both = pairs("group_key"), pairs("person_id"), pairs("group_key, person_id")
        reachable = _reachable(connection)
        kept = connection.execute("""
            select sum(size * (size - 1) / 2) from (
                select count(*) as size from person_of
                inner join reachable using (account_key)
                group by group_key, component
            )
        """).fetchone()[0]
        return {
            "accounts": connection.execute("select count(*) from person_of").fetchone()[0],
            "precision": both / found,
            "recall": both / true,
            "ceiling": reachable / true,
            "recall_of_ceiling": float(kept) / reachable,
        }


def _reachable(connection: duckdb.DuckDBPyConnection) -> float:
    """Pairs of one person that the person's own identifiers connect; fills table reachable."""
    rows = connection.execute("""
        select person_of.account_key, concat(person_of.person_id, '|', mentions.identifier_key)
        from house.intermediate.int_identity_mentions as mentions
        inner join person_of using (account_key)
        where mentions.identifier_type != 'device_id'
    """).fetchall()
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for account, identifier in rows:
        parent[root(account)] = root(identifier)
    connection.execute("create table reachable (account_key varchar, component varchar)")
    accounts = connection.execute("select account_key from person_of").fetchall()
    connection.execute(
        "insert into reachable select unnest($1), unnest($2)",
        [[key for (key,) in accounts], [root(key) for (key,) in accounts]],
    )
    counted = "select count(*) as size from reachable group by component"
    return float(connection.execute(PAIRS.format(counted)).fetchone()[0])


def main() -> None:
    """Print one line."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m scripts.bench.identity_truth WAREHOUSE TRUTH_FOLDER")
    result = compare(Path(sys.argv[1]), Path(sys.argv[2]))
    print("  ".join(f"{name} {value:.4f}" if value <= 1 else f"{name} {value:,.0f}" for name, value in result.items()))


if __name__ == "__main__":
    main()
