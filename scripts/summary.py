"""Prints what a build made: where the warehouse is, how much is in it, what changed since the last build, and queries to begin with.

Ends with 1 where the marts are not from one build, and with 2 where there is no warehouse.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from scripts import environment_errors, last_build
from scripts.progress import Progress
from scripts.warehouse import build_state, path_of_warehouse, warning_of

QUERIES = [
    "select segment_label_en, segment_label_zh, count(*) as customers, sum(monetary) as net_revenue"
    " from marts.customer_rfm group by all order by net_revenue desc",
    "select * from marts.orders where customer_id = (select customer_id from marts.customer_rfm"
    " order by monetary desc, customer_id limit 1) order by ordered_at",
    "select source_table, reasons, count(*) from marts.quarantined_records group by all order by 3 desc",
]


def main(progress: Progress | None = None) -> int:
    """Open the warehouse read-only and print the summary; after a build keep what it was."""
    path = path_of_warehouse()
    if not path.exists():
        print(f"{path}: no warehouse here yet; run `make build` first", file=sys.stderr)
        return 2
    try:
        with duckdb.connect(str(path), read_only=True) as warehouse:
            state = build_state(warehouse)
            warning = warning_of(state)
            if warning is None:
                build = last_build.look(warehouse, state)
    except duckdb.Error as error:
        known = environment_errors.explain(str(error), str(path))
        print(known or f"{path}: {environment_errors.first_line(error)}", file=sys.stderr)
        return 2
    if warning:
        print(f"\n{warning}", file=sys.stderr)
        return 1
    before = last_build.read(path)
    if progress is not None:
        build.warnings, build.times = sorted(progress.warnings), progress.times
    show(path.resolve(), build, before, is_build=progress is not None)
    if progress is not None:
        try:
            last_build.write(path, build)
        except OSError as error:
            print(f"{last_build.file_of(path)} cannot be written ({environment_errors.first_line(error)}): the next build has nothing to compare with", file=sys.stderr)
    return 0


def figure(name: str, value: float) -> str:
    """A figure as it is shown: money to the cent, all else whole."""
    return f"{value:,.2f}" if name == "net revenue" else f"{value:,.0f}"


def change(name: str, value: float, before: float | None) -> str:
    """What became of a figure since the last build."""
    if before is None:
        return ""
    difference = round(value - before, 2)
    return "unchanged" if difference == 0 else f"{'+' if difference > 0 else '-'}{figure(name, abs(difference))}"


def names(found: list[str], before: list[str] | None) -> str:
    """Names in a line, the new ones marked."""
    return ", ".join(name + (" (new)" if before is not None and name not in before else "") for name in found) or "none"


def show(path: Path, build: last_build.Build, before: last_build.Build | None, is_build: bool = False) -> None:
    """Print where the warehouse is, its figures, what changed since the last build, and queries."""
    # the same build again is nothing to compare with
    compared = before if before is not None and before.build_id != build.build_id else None
    print(f"\nThe warehouse is {path}\n")
    print(f"  {'as of':<20} {build.as_of:>18}" + (f"   since the build as of {compared.as_of}:" if compared else ""))
    for name, value in build.figures.items():
        line = f"  {name:<20} {figure(name, value):>18}   {change(name, value, compared.figures.get(name) if compared else None):<16}"
        print((line + ("  marts.quarantined_records says why" if name == "quarantined rows" and value else "")).rstrip())
    print(f"  {'drifted models':<20} {len(build.drifted):>18,}   {names(build.drifted, compared.drifted if compared else None)}")
    if compared and (gone := sorted(set(compared.drifted) - set(build.drifted))):
        print(f"  {'':<20} {'':>18}   no longer: {', '.join(gone)}")
    if is_build:
        print(f"  {'tests with warnings':<20} {len(build.warnings):>18,}   {names(build.warnings, compared.warnings if compared else None)}")
    print(f"""
Try a query (.venv/bin/python -c 'import duckdb; duckdb.connect("{path}").sql("…").show()'):
""")
    for query in QUERIES:
        print(f"  {query};\n")
    print("Pages with all figures, to open by a double click: make dashboards   (target/dashboards/index.html)")


if __name__ == "__main__":
    sys.exit(main())
