"""Prints what a build made: where the warehouse is, how much is in it, and queries to begin with."""

from __future__ import annotations

import os
import sys

import duckdb

QUERIES = [
    "select segment_label_en, segment_label_zh, count(*) as customers, sum(monetary) as net_revenue"
    " from marts.customer_rfm group by all order by net_revenue desc",
    "select * from marts.orders where customer_id = (select customer_id from marts.customer_rfm"
    " order by monetary desc, customer_id limit 1) order by ordered_at",
    "select source_table, reasons, count(*) from marts.quarantined_records group by all order by 3 desc",
]


def main() -> int:
    """Open the warehouse read-only and print the summary."""
    path = os.environ.get("CUSTOMER360_WAREHOUSE", "warehouse/customer360.duckdb")
    if not os.path.exists(path):
        print(f"{path}: no warehouse here yet; run `make build` first", file=sys.stderr)
        return 2
    with duckdb.connect(path, read_only=True) as warehouse:

        def one(sql: str) -> tuple:
            return warehouse.execute(sql).fetchone() or ()

        (as_of,) = one("select as_of from staging.stg_commerce__as_of")
        (customers,) = one("select count(*) from marts.customers")
        orders, revenue = one("select count(*), coalesce(sum(net_revenue), 0) from marts.orders")
        (quarantined,) = one("select count(*) from marts.quarantined_records")
        (raw_rows,) = one("select sum(raw_rows) from marts.source_reconciliation")

    print(f"""
The warehouse is {os.path.abspath(path)}

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
    return 0


if __name__ == "__main__":
    sys.exit(main())
