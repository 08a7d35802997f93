"""The models of the choice on people, options and effects that a test makes up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.python.behaviour_project import MACROS, BehaviourProject
from tests.python.engines import connect_duckdb

MODELS = [
    "int_action_options", "int_action_limits", "int_action_claims", "int_action_exploration_rate", "int_action_exploration",
    "int_action_prices_start", "int_action_prices", "int_action_ranked", "int_action_choices",
    "customer_next_actions", "action_audiences", "action_budget",
]  # fmt: skip
SEGMENTS = ["high", "medium", "low", "(none)"]


class ChoiceWorld(BehaviourProject):
    """The models of the choice on people, options and effects that a test makes up."""

    def __init__(self, folder: Path, models: Sequence[str] = MODELS) -> None:
        super().__init__(folder, models, "choice_test", [*MACROS, "actions"])
        self.copy_seed("value_tiers")
        self.view("int_uplift_effects", "select '' as customer_id, '' as action, 0e0 as orders_off_segment, 0e0 as value_off_segment where false")

    def build(self, *arguments: str, **changes: Any) -> None:
        """Build; unless a test says so, nobody is held out of everything."""
        super().build(*arguments, **{"action_global_holdout_share": 0, **changes})

    def table(self, name: str, rows: pd.DataFrame) -> None:
        """An input of the models."""
        file = self.folder / f"{name}.parquet"
        with connect_duckdb() as connection:
            connection.register("given", rows)
            connection.execute(f"copy given to '{file}' (format parquet)")
        self.view(name, f"select * from read_parquet('{file}')")

    def people(self, count: int, seed: int) -> pd.DataFrame:
        """People with segments and draws; nothing else about them matters here."""
        rng = np.random.default_rng(seed)
        people = pd.DataFrame(
            {
                "customer_id": [f"c{number:06d}" for number in range(count)],
                "segment": np.array(SEGMENTS)[rng.integers(0, 4, count)],
                "has_marketing_consent": True,
                "as_of": pd.Timestamp("2025-07-01"),
                "holdout_draw": rng.random(count),
                "exploration_draw": rng.random(count),
                "option_lot": rng.integers(0, 2**60, count),
            }
        )
        self.table("int_action_facts", people)
        self.table("int_action_blocks", pd.DataFrame({
            "customer_id": people.customer_id, "fitting_count": 4, "blocked_by": None, "block_en": None, "block_zh": None,
        }).astype({"blocked_by": "string", "block_en": "string", "block_zh": "string"}))  # fmt: skip
        self.view("stg_commerce__as_of", "select date '2025-07-01' as as_of")
        return people

    def catalogue(self, actions: dict[str, tuple[float, str, int | None]], channels: dict[str, int | None]) -> None:
        """Actions (cost, channel, most a day) and channels (most a day)."""
        rows = {"do_nothing": (0.0, "", None), **actions}
        catalogue = pd.DataFrame(
            {
                "action": list(rows), "label_en": list(rows), "label_zh": list(rows), "objective": "test", "offer": "offer",
                "max_per_day": pd.array([most for _, _, most in rows.values()], dtype="Int64"),
            }
        )  # fmt: skip
        self.table("int_action_catalogue", catalogue)
        self.table("actions", catalogue)
        self.table("action_channel_limits", pd.DataFrame({
            "channel": list(channels), "label_en": list(channels), "label_zh": list(channels),
            "max_per_day": pd.array(list(channels.values()), dtype="Int64"),
        }))  # fmt: skip

    def judgements(self, people: pd.DataFrame, actions: dict[str, tuple[float, str, int | None]], reach: np.ndarray) -> None:
        """Everybody may be given everything, each with a reach of their own."""
        parts = [
            pd.DataFrame({
                "customer_id": people.customer_id, "action": action, "channel": channel, "cost": cost,
                "reach_probability": 0.5, "relative_reach": reach,
            })
            for action, (cost, channel, _) in actions.items()
        ]  # fmt: skip
        rows = pd.concat(parts) if parts else pd.DataFrame({
            "customer_id": [""], "action": "", "channel": "", "cost": 0.0, "reach_probability": 0.0, "relative_reach": 0.0,
        })[:0]  # fmt: skip
        rows["blocked_by"] = pd.array([None] * len(rows), dtype="string")
        rows["offered_item"] = pd.array([None] * len(rows), dtype="string")
        self.table("int_action_judgements", rows)

    def effects(self, values: dict[tuple[str, str], tuple[float, float]]) -> None:
        """Estimated value and upper bound by action and segment."""
        self.table("int_action_effects", pd.DataFrame(
            [
                {
                    "action": action, "segment": segment, "effect_basis": "measured", "incremental_orders": value / 100,
                    "incremental_value": value, "high": high,
                }
                for (action, segment), (value, high) in values.items()
            ]
        ))  # fmt: skip

    def frame(self, sql: str) -> pd.DataFrame:
        """Rows of a query on what was built."""
        with connect_duckdb(self.database) as connection:
            return connection.execute(sql).df()

    def chosen(self) -> pd.DataFrame:
        """customer_next_actions."""
        return self.frame(f"from {self.schema}.customer_next_actions order by customer_id")

    def limits(self) -> dict[str, Any]:
        """Rows of action_budget by name."""
        rows = self.frame(f"from {self.schema}.action_budget").to_dict("records")
        return {row["limit_name"]: row for row in rows}
