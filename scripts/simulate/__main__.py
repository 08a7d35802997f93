"""Command line: `python -m scripts.simulate --customers 800 --seed 7 --format csv --out DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from .run import Job, blocks_for, run
from .settings import Settings, contract, load_rates, presets

VOLUMES = {
    "orders": "orders_per_customer",
    "events": "events_per_customer",
    "touches": "touches_per_customer",
    "visits": "visits_per_customer",
}


class OneLineParser(argparse.ArgumentParser):
    """Errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what was wrong and how to find the options."""
        self.exit(2, f"simulate: {message} (see python -m scripts.simulate --help)\n")


def parser() -> argparse.ArgumentParser:
    """All options; volumes default to rates.toml."""
    result = OneLineParser(
        prog="simulate",
        description="Make all raw tables of the contract, with the truth behind them.",
    )
    add = result.add_argument
    add("--customers", type=int, required=True, help="people to simulate, 1 or more")
    add("--seed", type=int, default=7, help="equal seeds give equal bytes (default 7)")
    add("--format", choices=["csv", "parquet"], default="csv", dest="file_format")
    add("--out", type=Path, required=True, help="folder for the raw tables")
    add("--truth", type=Path, help="folder for the truth (default: OUT_truth); 'none' for no truth")
    add("--preset", choices=presets(), default="default", help="rates: default, hard, shock, effects, or hard with one of them")
    add("--months", type=int, default=30, help="length of the history, 1 to 60 (default 30)")
    add("--tables", help="only these raw tables, by comma")
    add("--prefix", default="", help="put before the file names of single files")
    add("--clean", action="store_true", help="no dirt")
    add(
        "--workers", type=int, default=2, help="processes (default 2); the rows do not depend on it"
    )
    add(
        "--customers-per-file",
        type=int,
        default=25_000,
        help="rounded up to blocks of 5,000; fewer customers than this give one file per table",
    )
    add("--quiet", action="store_true", help="no progress")
    for word in VOLUMES:
        add(f"--{word}-per-customer", type=float, help="mean over 30 months (default: rates.toml)")
    return result


def job_from(arguments: argparse.Namespace, options: argparse.ArgumentParser) -> Job:
    """Check the arguments and put them together."""
    limits = [
        ("customers", arguments.customers, 1, 20_000_000),
        ("months", arguments.months, 1, 60),
        ("seed", arguments.seed, 0, 2**63),
        ("workers", arguments.workers, 1, 64),
        ("customers-per-file", arguments.customers_per_file, 1, 20_000_000),
    ]
    for name, value, least, most in limits:
        if not least <= value <= most:
            options.error(f"--{name} must be between {least} and {most}, not {value}")
    tables = tuple(contract()) if arguments.tables is None else tuple(arguments.tables.split(","))
    unknown = sorted(set(tables) - set(contract()))
    if unknown:
        options.error(f"--tables: '{unknown[0]}' is not a table of the raw contract")
    rates = load_rates(arguments.preset)
    for word, name in VOLUMES.items():
        value = getattr(arguments, f"{word}_per_customer")
        if value is not None and not 0.1 <= value <= 500:
            options.error(f"--{word}-per-customer must be between 0.1 and 500, not {value}")
        rates["volume"][name] = rates["volume"][name] if value is None else value
    truth = arguments.truth or arguments.out.with_name(arguments.out.name + "_truth")
    if truth.resolve() == arguments.out.resolve():
        options.error("--truth must not be the folder of the raw tables")
    for folder in (arguments.out, truth):
        if folder.exists() and not folder.is_dir():
            options.error(f"{folder} is not a folder")
    return Job(
        settings=Settings(
            customers=arguments.customers,
            seed=arguments.seed,
            months=arguments.months,
            rates=rates,
            is_clean=arguments.clean,
            is_typed=arguments.file_format == "parquet",
        ),
        file_format=arguments.file_format,
        out=arguments.out,
        truth=None if str(arguments.truth) == "none" else truth,
        prefix=arguments.prefix,
        tables=tables,
        blocks_per_file=blocks_for(arguments.customers_per_file),
        workers=arguments.workers,
    )


def main(words: list[str] | None = None) -> int:
    """Run the command."""
    options = parser()
    job = job_from(options.parse_args(words), options)
    try:
        rows = run(job)
    except OSError as error:
        options.error(str(error))
    print(f"{sum(rows.values()):,} rows in {len(rows)} tables: {job.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
