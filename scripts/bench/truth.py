"""Tables of the simulator's truth, in whichever format they were written."""

from pathlib import Path


def truth_table(folder: Path, name: str) -> str:
    """SQL that reads one table of the truth, all columns as the file has them (text in CSV)."""
    parquet = folder / f"{name}.parquet"
    if parquet.exists():
        return f"read_parquet('{parquet}')"
    csv = folder / f"{name}.csv"
    if csv.exists():
        return f"read_csv('{csv}', all_varchar = true)"
    raise SystemExit(f"{folder} has no table {name} of the truth; python -m scripts.simulate --out X writes it to X_truth")
