"""A small dbt project that holds some models of this repository on inputs made by a test."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.python.engines import ROOT, SmallProject

MACROS = [
    "behaviour", "cross_db", "governance", "incremental", "materializations", "money", "statistics", "time",
]  # fmt: skip


def project_vars(**changes: Any) -> dict[str, Any]:
    """The vars of dbt_project.yml, some of them changed."""
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    return {**yaml.safe_load(text)["vars"], **changes}


class BehaviourProject(SmallProject):
    """Models of this repository by name; everything else they read is a seed or a view of the test."""

    def __init__(
        self, folder: Path, models: Sequence[str], schema: str = "behaviour_test", macros: Sequence[str] = MACROS
    ) -> None:
        super().__init__(folder, macros, schema)
        for name in models:
            (source,) = ROOT.glob(f"models/**/{name}.sql")
            self.write(f"models/{name}.sql", source.read_text(encoding="utf-8"))

    def seed(self, name: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """A table with these columns (name: type) as a seed."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
        self.write(f"seeds/{name}.csv", buffer.getvalue())
        types = {"seeds": [{"name": name, "config": {"column_types": dict(columns)}}]}
        self.write(f"seeds/{name}.yml", yaml.safe_dump(types))

    def copy_seed(self, name: str) -> None:
        """One of the reference seeds as it is."""
        text = (ROOT / f"seeds/reference/{name}.csv").read_text(encoding="utf-8")
        self.write(f"seeds/{name}.csv", text)

    def seed_funnels(
        self, funnels: Iterable[Sequence[Any]], steps: Iterable[tuple[str, int, str, bool, int | None, bool]]
    ) -> None:
        """The two tables of funnels, without filters.

        A funnel is (name, ordering, window in hours, repeated entries); a step is (funnel, number,
        touchpoint type, only strictly after, within hours of the step before, counts copies).
        """
        self.seed(
            "funnels",
            {"funnel": "string", "ordering": "string", "window_hours": "int", "repeat_entries": "boolean",
             "interrupted_by": "string"},
            [(*funnel, None) for funnel in funnels],
        )  # fmt: skip
        self.seed(
            "funnel_conditions",
            {"funnel": "string", "step": "int", "step_name": "string", "label_en": "string", "label_zh": "string",
             "is_optional": "boolean", "is_strictly_after": "boolean", "within_hours": "int", "counts_copies": "boolean",
             "touchpoint_types": "string", "channels": "string", "page_like": "string", "categories": "string",
             "min_value": "double", "min_order_number": "bigint", "max_order_number": "bigint"},
            [
                (funnel, number, kind, kind, kind, False, strictly, within, copies, kind, *[None] * 6)
                for funnel, number, kind, strictly, within, copies in steps
            ],
        )  # fmt: skip

    def view(self, name: str, sql: str) -> None:
        """A view that stands in for a model which the project does not have."""
        self.write(f"models/{name}.sql", "{{ config(materialized='view') }}\n" + sql)

    def build(self, *arguments: str, **changes: Any) -> None:
        """dbt build that has to succeed."""
        result = self.dbt("build", "--quiet", "--vars", json.dumps(project_vars(**changes)), *arguments)
        assert result.returncode == 0, re.sub("\n{2,}", "\n", result.stdout + result.stderr)
