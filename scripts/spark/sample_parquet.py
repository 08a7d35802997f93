"""The sample seeds as Parquet files, the form in which raw data reaches a cluster.

    python -m scripts.spark.sample_parquet target/spark/raw

writes <folder>/<table>.parquet for every seeds/sample/sample_<table>.csv, all columns as text, empty
cells as null: the staging models parse them as they parse anybody's files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds" / "sample"


def write_parquet(seeds: Path, folder: Path) -> list[str]:
    """Convert every seed of a folder; return the names of the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = []
    for seed in sorted(seeds.glob("sample_*.csv")):
        table = seed.stem.removeprefix("sample_")
        source = duckdb.read_csv(str(seed), all_varchar=True, header=True, na_values=[""])
        source.write_parquet(str(folder / f"{table}.parquet"))
        tables.append(table)
    return tables


def main() -> int:
    """The command line."""
    folder = Path(sys.argv[1])
    tables = write_parquet(SEEDS, folder)
    if not tables:
        print(f"no sample seeds in {SEEDS}", file=sys.stderr)
        return 1
    print(f"{len(tables)} tables in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
