"""Prints what a build made: where the warehouse is, how much is in it, and queries to begin with.

Ends with 1 where the marts are not from one build, and with 2 where there is no warehouse.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from scripts import environment_errors
from scripts.warehouse import build_state, path_of_warehouse, warning_of

QUERIES = [
    "select segment_label_en, segment_label_zh, count(*) as customers, sum(monetary) as net_revenue"
    " from marts.customer_rfm group by all order by net_revenue desc",
    "select * from marts.orders where customer_id = (select customer_id from marts.customer_rfm"
    " order by monetary desc, customer_id limit 1) order by ordered_at",
    "select source_table, reasons, count(*) from marts.quarantined_records group by all order by 3 desc",
]


def main() -> int:
    """Open the warehouse read-only and print the summary."""
    path = path_of_warehouse()
    if not path.exists():
        print(f"{path}: no warehouse here yet; run `make build` first", file=sys.stderr)
        return 2
    try:
        with duckdb.connect(str(path), read_only=True) as warehouse:
            warning = warning_of(build_state(warehouse))
            if warning is None:
                show(path.resolve(), warehouse)
    except duckdb.Error as error:
        known = environment_errors.explain(str(error), str(path))
        print(known or f"{path}: {environment_errors.first_line(error)}", file=sys.stderr)
        return 2
    if warning:
        print(f"\n{warning}", file=sys.stderr)
        return 1
    return 0


def show(path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Print where the warehouse is, its figures, and the queries."""

    def one(sql: str) -> tuple[Any, ...]:
        return warehouse.execute(sql).fetchall()[0]

    (as_of,) = one("select as_of from staging.stg_commerce__as_of")
    (customers,) = one("select count(*) from marts.customers")
    orders, revenue = one("select count(*), coalesce(sum(net_revenue), 0) from marts.orders")
    (quarantined,) = one("select count(*) from marts.quarantined_records")
    (raw_rows,) = one("select sum(raw_rows) from marts.source_reconciliation")
    print(f"""
The warehouse is {path}

  as of                {as_of}
  customers            {customers:>12,}
  orders               {orders:>12,}
  net revenue          {revenue:>15,.2f}
  raw rows             {raw_rows:>12,}
  quarantined rows     {quarantined:>12,}   marts.quarantined_records says why

Try a query (.venv/bin/python -c 'import duckdb; duckdb.connect("{path}").sql("…").show()'):
""")
    for query in QUERIES:
        print(f"  {query};\n")


if __name__ == "__main__":
    sys.exit(main())
