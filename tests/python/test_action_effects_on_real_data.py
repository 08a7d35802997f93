"""Effects of two real randomised experiments: what was published comes out of the same models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.python import action_world as world
from tests.python.engines import ENGINE, connect_duckdb
from tests.python.test_action_effects import EFFECT_MODELS, project

pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the rows are laid into the file of DuckDB")


def as_action(name: str, treated: pd.Series, outcome: pd.Series, before: pd.Series) -> pd.DataFrame:
    """One experiment as an action of one month; the outcome is its value, and an order where there is any."""
    rows = world.experiment(np.random.default_rng(1), name, len(treated), world.NONE, months=1)
    rows["is_treated"] = treated.to_numpy() == 1
    rows["outcome_value"], rows["pre_value"] = outcome.to_numpy(float), before.to_numpy(float)
    rows["outcome_orders"], rows["pre_orders"] = (outcome.to_numpy() > 0).astype(int), (before.to_numpy() > 0).astype(int)
    rows["holdout_share"] = np.nan  # no plan is known
    rows["has_other_action"] = False
    return rows


@pytest.fixture(scope="module")
def effects(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The outcomes, and the rows of action_performance."""
    folder = Path(pytest.importorskip("causaldata").__file__).parent
    incentive = pd.read_stata(folder / "thornton_hiv/thornton_hiv.dta").dropna(subset=["got", "any"])
    training = pd.read_stata(folder / "nsw_mixtape/nsw_mixtape.dta")
    outcomes = pd.concat(
        [
            as_action("incentive", incentive["any"], incentive["got"], 0 * incentive["got"]),
            as_action("training", training["treat"], training["re78"], training["re75"]),
        ]
    )
    built = project(tmp_path_factory.mktemp("real"), outcomes, EFFECT_MODELS, ["incentive", "training"])
    with connect_duckdb(built.database) as connection:
        found = connection.execute(
            "select * from effect_test.action_performance where period = 'all' and segment = 'all'"
        ).df()
    return outcomes, found.set_index("action")


def test_a_paid_errand(effects: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Thornton (2008): 34 % collect their test result without an incentive, 79 % with any: 45 points more."""
    row = effects[1].loc["incentive"]
    assert row["orders_holdout_mean"] == pytest.approx(0.339, abs=5e-4)
    assert row["orders_treated_mean"] == pytest.approx(0.789, abs=5e-4)
    assert row["orders_verdict"] == "gain"


def test_a_job_training(effects: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """LaLonde's trainees as Dehejia and Wahba have them: 1,794 dollars more a year; too noisy for a verdict after the first look."""
    outcomes, found = effects
    row = found.loc["training"]
    assert row["value_effect"] == pytest.approx(1_794.34, abs=0.01)
    effect, error = world.adjusted_by_numpy(outcomes[outcomes["action"] == "training"], "outcome_value", "pre_value")
    assert row["value_adjusted_effect"] == pytest.approx(effect, rel=1e-9)
    assert row["value_adjusted_high"] - effect == pytest.approx(1.6448536269514722 * error, rel=1e-7)
    assert row["value_adjusted_low"] > 0
