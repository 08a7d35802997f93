"""Checks the keys of every dbt YAML file against dbt's own schema, and the files' lengths.

dbt reports misspelt keys only for adapters on a list of its own. DuckDB is not on it, so the list
is extended here, in this process, before the project is parsed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

import dbt.jsonschemas.jsonschemas as schemas
from dbt.cli.main import dbtRunner
from dbt.events.types import (
    CustomKeyInConfigDeprecation,
    CustomKeyInObjectDeprecation,
    CustomOutputPathInSourceFreshnessDeprecation,
    GenericJSONSchemaValidationDeprecation,
)

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 300
# keys that dbt's schema does not know, with the reason why they stand here
ALLOWED = {
    "file_format": "Spark's storage format, a setting of dbt-spark",
    "init_model": "materialization iterate",
    "accumulates": "materialization iterate",
    "keep_last_of": "materialization iterate",
    "reuse": "materialization iterate",
    "max_iterations": "materialization iterate",
    "tolerance": "materialization iterate",
    "metric_sql": "materialization iterate",
    "on_max": "materialization iterate",
    "sliced_by": "materialization table on DuckDB",
}
# a date column that names a period, and the marts where it need not say whether it is over
PERIOD = re.compile(r"(^|_)(week|month|quarter|period)(_|$)")
NO_SERIES = {
    "external_context": "figures of others, delivered as they are; the length of their periods is not known",
    "category_demand_forecast": "weeks to come",
    "category_demand_daily": "weeks to come",
    "customer_survival": "months to come",
    "removed_rows": "rows that left because they are old, by the month that they were of",
    "objective_scorecard": "periods of objectives, is_complete waits for what matures as well",
}
# a rate or a share; it needs the two ends of its interval, or a reason in meta `no_interval`
RATE = re.compile(r"(^|_)(rate|share)(_window|_cohort_\d+d|_\d+d)?$")
PROBLEMS = (
    CustomKeyInConfigDeprecation,
    CustomKeyInObjectDeprecation,
    CustomOutputPathInSourceFreshnessDeprecation,
    GenericJSONSchemaValidationDeprecation,
)


def misspelt_keys() -> list[str]:
    """Messages of dbt about keys it does not know, over the whole project."""
    schemas._JSONSCHEMA_SUPPORTED_ADAPTERS.add("duckdb")
    names = {problem.__name__ for problem in PROBLEMS}
    found: list[str] = []

    def listen(event: object) -> None:
        if event.info.name in names:  # type: ignore[attr-defined]
            found.append(event.info.msg)  # type: ignore[attr-defined]

    result = dbtRunner(callbacks=[listen]).invoke(
        ["--quiet", "parse", "--no-partial-parse", "--show-all-deprecations"]
    )
    if not result.success:
        found.append(str(result.exception))
    return [text for text in found if not any(f"`{key}`" in text for key in ALLOWED)]


def long_files() -> list[str]:
    """YAML files that nobody would find anything in."""
    files = [
        path
        for folder in ("models", "seeds", "tests", "analyses", "macros")
        for path in (ROOT / folder).rglob("*.yml")
    ]
    counts = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    return [
        f"{path.relative_to(ROOT)}: {count} lines, at most {MAX_LINES}"
        for path, count in counts.items()
        if count > MAX_LINES
    ]


def marts_without_yaml() -> list[str]:
    """Marts are two files, x.sql and x.yml."""
    return [
        f"{path.relative_to(ROOT)}: has no {path.stem}.yml beside it"
        for path in (ROOT / "models" / "marts").rglob("*.sql")
        if not path.with_suffix(".yml").exists()
    ]


def series_without_end(folder: Path = ROOT / "models" / "marts") -> list[str]:
    """Marts by week or month whose `is_complete` is missing, or not tested by `period_over`."""
    problems: list[str] = []
    for path in sorted(folder.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            columns = {column["name"]: column for column in model.get("columns", [])}
            periods = [
                name
                for name, column in columns.items()
                if column.get("data_type") == "date" and PERIOD.search(name)
            ]
            tests = columns.get("is_complete", {}).get("data_tests", [])
            is_tested = any("period_over" in test for test in tests)
            if periods and not is_tested and model["name"] not in NO_SERIES:
                problems.append(
                    f"{path.name}: {model['name']} has the period {periods[0]}; it needs a column "
                    "is_complete (macro is_period_over) with the data test period_over"
                )
    return problems


def _ends_of(column: str, columns: set[str]) -> bool:
    """Both ends of the interval stand in the model, named after the rate or after what it is of."""
    stems = {column, re.sub(r"_(rate|share)$", "", column)}
    return any({f"{stem}_low", f"{stem}_high"} <= columns for stem in stems)


def rates_without_interval(folder: Path = ROOT / "models" / "marts") -> list[str]:
    """Rates of marts without both ends of an interval and without a reason why, and reasons that nothing needs."""
    problems: list[str] = []
    for path in sorted(folder.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            names = {column["name"] for column in model.get("columns", []) if column.get("data_type") == "double"}
            reasons = model.get("config", {}).get("meta", {}).get("no_interval", {})
            bare = {name for name in names if RATE.search(name) and not _ends_of(name, names)}
            problems += [
                f"{path.name}: {model['name']}.{name} is a rate without {name}_low and {name}_high; "
                "meta no_interval may say why it has none"
                for name in sorted(bare)
                if len(str(reasons.get(name) or "").split()) < 3
            ]
            problems += [
                f"{path.name}: {model['name']}.{name} needs no reason in meta no_interval"
                for name in sorted(set(reasons) - bare)
            ]
    return problems


def main() -> int:
    """Print every problem; exit code 1 if there is one."""
    problems = (
        misspelt_keys() + long_files() + marts_without_yaml() + series_without_end() + rates_without_interval()
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
