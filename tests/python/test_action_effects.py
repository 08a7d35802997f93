"""Effects of actions against known truth: 200 repeated experiments in one run, and independent formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

from tests.python import action_world as world
from tests.python.behaviour_project import MACROS, BehaviourProject
from tests.python.engines import ENGINE, connect_duckdb

pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the rows are laid into the file of DuckDB")

DRAWS = 200
EFFECT_MODELS = [
    "int_effect_rules", "int_effect_people", "int_effect_groups", "int_effect_estimates", "int_effect_verdicts",
    "int_effect_spread", "int_effect_priors", "int_action_effects", "action_performance",
]  # fmt: skip
POLICY_MODELS = ["int_policy_decisions", "int_policy_shares", "int_policy_cells", "int_policy_estimates", "policy_value"]

UPLIFT_MODELS = [
    "int_effect_rules", "int_uplift_examples", "int_uplift_training", "int_uplift_fit_start", "int_uplift_fit",
    "int_uplift_scores", "int_uplift_curve", "int_uplift_verdicts", "uplift_performance", "int_uplift_effects",
]  # fmt: skip


def project(folder: Path, outcomes: pd.DataFrame, models: list[str], actions: list[str]) -> BehaviourProject:
    """The models on given outcomes; the catalogue holds the actions named, prior 0.02 orders worth 200 people."""
    small = BehaviourProject(folder, models, "effect_test", [*MACROS, "actions"])
    with connect_duckdb(small.database) as connection:
        connection.register("frame", outcomes)
        connection.execute("create schema effect_test")
        connection.execute(
            """create table effect_test.outcome_rows as select * replace (
                cast(acted_on as date) as acted_on, cast(matures_on as date) as matures_on
            ) from frame"""
        )
    small.view("int_action_outcomes", "select * from effect_test.outcome_rows")
    small.view(
        "stg_commerce__as_of", "select date '2025-01-01' as as_of, timestamp '2025-01-01 00:00:00' as as_of_at"
    )
    small.view(
        "int_effect_order_values",
        # the best customer orders often, another of the same segment once
        """select 'a' as customer_id, 20e0 as order_value, 50e0 as revenue,
            timestamp '2024-12-01 00:00:00' - interval 10 days * cast(range as int) as ordered_at from range(10)
        union all select 'b', 20e0, 240e0, timestamp '2024-09-01 00:00:00'
        union all select 'c', 20e0, 50e0, timestamp '2024-09-01 00:00:00'""",
    )
    small.view(
        "int_action_facts",
        "select * from values ('a', 'high'), ('b', 'high'), ('c', 'low'), ('d', '(none)') as people (customer_id, segment)",
    )
    small.view("customer_clv", "select 'a' as customer_id, 'high' as value_tier")
    # three who have options, and one who cannot be in any log
    small.view(
        "customer_next_actions",
        """select * from values
            ('a', 'high', 'mail', null), ('b', 'high', 'mail', null), ('c', 'high', 'do_nothing', 'nothing_pays'),
            ('d', 'high', 'do_nothing', 'no_consent') as people (customer_id, segment, action, nothing_because)""",
    )
    for name in ("action_effect_rules", "action_policies", "value_tiers"):
        small.copy_seed(name)
    small.seed(
        "actions",
        {"action": "string", "label_en": "string", "label_zh": "string", "cost": "double", "value_horizon_days": "int",
         "prior_effect": "double", "prior_weight": "double", "reach_probability": "double", "is_active": "boolean"},
        [(name, name, name, 1, 30, 0.02, 200, 1, True) for name in actions],
    )  # fmt: skip
    small.build()
    return small


@pytest.fixture(scope="module")
def experiments() -> pd.DataFrame:
    """200 draws with effects of opposite signs, 200 without any, seen at the end of each month, and odd ones."""
    rng = np.random.default_rng(11)
    parts = [world.experiment(rng, f"mixed_{draw:03d}", 1_000, world.MIXED) for draw in range(DRAWS)]
    # effects of segments drawn anew each time
    parts.extend(world.experiment(rng, f"varied_{draw:03d}", 1_500, rng.normal(0.05, 0.1, 4)) for draw in range(60))
    parts.extend(world.unlucky(rng, f"unlucky_{draw:03d}", 800) for draw in range(30))
    for draw in range(DRAWS):
        parts.extend(world.looks_at(world.experiment(rng, f"null_{draw:03d}", 600, world.NONE)))
    # the plan says a fifth, the log a third
    crooked = world.experiment(rng, "crooked", 1_500, world.NONE, holdout=0.33)
    crooked["holdout_share"] = world.HOLDOUT
    # the treated met another action far more often
    crossed = world.experiment(rng, "crossed", 1_500, world.NONE)
    crossed["has_other_action"] = crossed["is_treated"] & (rng.random(1_500) < 0.4)
    touched = world.experiment(rng, "touched", 1_500, world.NONE)
    touched["is_contaminated"] = ~touched["is_treated"] & (rng.random(1_500) < 0.3)
    # a fifth was held out, then a half: who was told under the old plan is not first in all
    moved = pd.concat([world.experiment(rng, "moved", 800, world.NONE, share) for share in (0.2, 0.5)], ignore_index=True)
    moved["customer_id"] = [f"moved-p{number}" for number in range(1_600)]
    moved["is_first"] = moved["holdout_share"] == 0.5
    no_holdout = world.experiment(rng, "no_holdout", 300, world.MIXED)
    no_holdout["is_treated"] = True
    only_holdout = world.experiment(rng, "only_holdout", 300, world.MIXED)
    only_holdout["is_treated"] = False
    young = world.experiment(rng, "young", 300, world.MIXED)
    young["is_matured"] = False
    tiny = world.experiment(rng, "tiny", 12, world.MIXED)
    tiny["is_treated"] = np.arange(12) < 9
    silent = world.experiment(rng, "silent", 300, world.NONE)
    silent[["outcome_orders", "outcome_value"]] = 0
    return pd.concat([*parts, crooked, crossed, touched, moved, no_holdout, only_holdout, young, tiny, silent])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, experiments: pd.DataFrame) -> BehaviourProject:
    """Effects of all experiments."""
    names = [name for name in experiments["action"].unique() if not name.startswith("null")]
    return project(tmp_path_factory.mktemp("effects"), experiments, EFFECT_MODELS, [*names, "never_done"])


@pytest.fixture(scope="module")
def overall(built: BehaviourProject) -> pd.DataFrame:
    """The rows of action_performance of everybody in all months, by action."""
    with connect_duckdb(built.database) as connection:
        return connection.execute(
            "select * from effect_test.action_performance where period = 'all' and segment = 'all'"
        ).df().set_index("action")


@pytest.mark.parametrize("kind", ["", "adjusted_"])
def test_intervals_cover_the_truth(overall: pd.DataFrame, kind: str) -> None:
    """Intervals of 90 % hold the true mean effect in 87 to 93 % of 200 draws and 6 months of season."""
    truth = world.true_effect(world.MIXED)
    draws = overall[overall.index.str.startswith("mixed")]
    covered = (draws[f"orders_{kind}low"] <= truth) & (truth <= draws[f"orders_{kind}high"])
    assert len(draws) == DRAWS
    assert 0.87 <= covered.mean() <= 0.93


def test_adjusting_narrows_without_bias(overall: pd.DataFrame) -> None:
    """The adjusted interval is shorter, and its centre right on average."""
    draws = overall[overall.index.str.startswith("mixed")]
    plain = (draws["orders_high"] - draws["orders_low"]).mean()
    adjusted = (draws["orders_adjusted_high"] - draws["orders_adjusted_low"]).mean()
    assert adjusted < 0.95 * plain
    error = draws["orders_adjusted_effect"] - world.true_effect(world.MIXED)
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(DRAWS)


@pytest.mark.parametrize("metric", ["orders", "value"])
def test_no_effect_is_called_where_none_was_planted(overall: pd.DataFrame, metric: str) -> None:
    """Somebody who looks each month and stops at the first verdict is wrong in at most 5 % of the experiments."""
    looks = overall[overall.index.str.startswith("null")]
    called = looks[f"{metric}_verdict"].isin(["gain", "loss"]).groupby(looks.index.str[:8]).any()
    assert len(called) == DRAWS
    assert called.mean() <= 0.05
    # the plain interval would not do
    naive = ((looks[f"{metric}_low"] > 0) | (looks[f"{metric}_high"] < 0)).groupby(looks.index.str[:8]).any()
    assert naive.mean() > 0.15


@pytest.mark.parametrize("metric", ["orders", "value"])
def test_adjustment_equals_other_implementations(overall: pd.DataFrame, experiments: pd.DataFrame, metric: str) -> None:
    """Effect and interval as numpy has them; the effect is the coefficient of a regression on group and figure before."""
    for name in ("mixed_000", "mixed_117", "unlucky_003"):
        rows = experiments[experiments["action"] == name]
        effect, error = world.adjusted_by_numpy(rows, f"outcome_{metric}", f"pre_{metric}")
        found = overall.loc[name]
        assert found[f"{metric}_adjusted_effect"] == pytest.approx(effect, abs=1e-9)
        assert found[f"{metric}_adjusted_high"] - effect == pytest.approx(1.6448536269514722 * error, rel=1e-7)
        regressors = sm.add_constant(np.column_stack([rows["is_treated"].astype(float), rows[f"pre_{metric}"].astype(float)]))
        fitted = sm.OLS(rows[f"outcome_{metric}"].to_numpy(float), regressors).fit()
        assert fitted.params[1] == pytest.approx(effect, abs=1e-9)


def test_an_unlucky_holdout_is_put_right(overall: pd.DataFrame) -> None:
    """The most eager were held out: plain differences say loss, adjusted ones are around nothing."""
    rows = overall[overall.index.str.startswith("unlucky")]
    plain, adjusted = rows["orders_effect"], rows["orders_adjusted_effect"]
    assert plain.mean() < -4 * plain.std() / np.sqrt(len(rows))
    assert abs(adjusted.mean()) < 3 * adjusted.std() / np.sqrt(len(rows))


def test_broken_experiments_are_named(overall: pd.DataFrame) -> None:
    """A wrong split, unequal other actions and a holdout that was contacted are flagged; sound draws are not."""
    assert overall.loc["crooked", "has_split_mismatch"]
    assert overall.loc["crooked", "value_verdict"] == "doubtful"
    assert overall.loc["crossed", "has_interference"]
    assert overall.loc["touched", "is_contaminated"]
    sound = overall[overall.index.str.startswith(("mixed", "null"))]
    assert sound["has_split_mismatch"].mean() < 0.01
    assert sound["has_interference"].mean() < 0.01
    assert not sound["is_contaminated"].any()


def test_a_new_holdout_share_starts_anew(built: BehaviourProject, overall: pd.DataFrame) -> None:
    """All counts the newest plan and is no longer doubtful for ever; a month with two plans is."""
    row = overall.loc["moved"]
    assert row["has_changed_share"] and row["value_verdict"] == "open"
    assert row["treated"] + row["holdout"] == 800
    months = built.fetch(
        """select distinct value_verdict from effect_test.action_performance
        where action = 'moved' and period != 'all' and segment = 'all'"""
    )
    assert months == [("doubtful",)]


def test_contacts_repeated_in_the_window_are_paid_for(overall: pd.DataFrame) -> None:
    """The cost is that of all contacts in the window, not of the first."""
    row = overall.loc["mixed_000"]
    assert float(row["cost"]) == 1.5 * row["treated"]


@pytest.mark.parametrize(
    ("action", "measurement"),
    [("no_holdout", "no_holdout"), ("only_holdout", "nobody_treated"), ("young", "not_over"), ("tiny", "too_few"),
     ("never_done", "never_done")],
)  # fmt: skip
def test_what_cannot_be_measured_says_why(built: BehaviourProject, overall: pd.DataFrame, action: str, measurement: str) -> None:
    """No figure, a reason in both languages, and the choice falls back on the prior."""
    row = overall.loc[action]
    assert row["measurement"] == measurement
    assert row["value_verdict"] == "not_measurable"
    assert pd.isna(row["orders_effect"]) and pd.isna(row["value_adjusted_effect"])
    assert row["reason"].startswith("Not measurable") and "无法衡量" in row["reason_zh"]
    effects = built.fetch(
        f"select effect_basis, incremental_orders from effect_test.int_action_effects where action = '{action}'"
    )
    assert effects == [("prior", 0.02)] * 4


def test_reasons_say_less_where_it_is_less(overall: pd.DataFrame) -> None:
    """Nobody reads "-0.0968 orders more": the sign is a word."""
    measured = overall[overall["orders_adjusted_effect"].notna()]
    for word, word_zh, of_the_sign in (("fewer", "触达者少 ", measured["orders_adjusted_effect"] < 0), ("more", "触达者多 ", measured["orders_adjusted_effect"] >= 0)):
        rows = measured[of_the_sign]
        assert len(rows) and rows["reason"].str.contains(f"held out: [0-9.]+ orders {word} and ").all() and rows["reason_zh"].str.contains(word_zh).all()
    worse = measured["value_adjusted_effect"] < 0
    assert (measured["reason"].str.contains(r"[0-9.]+ of value less per treated") == worse).all() and worse.any()
    assert (measured["reason_zh"].str.contains("价值少 ") == worse).all()


def test_nobody_ordering_is_no_certainty(overall: pd.DataFrame) -> None:
    """Without a single order there is a difference of 0 and no interval, no division by zero."""
    row = overall.loc["silent"]
    assert row["orders_effect"] == 0 and pd.isna(row["orders_low"]) and row["orders_verdict"] == "open"
    assert "(nobody ordered: no interval)" in row["reason"] and "（无人下单，没有区间）" in row["reason_zh"]


def test_shrinking_is_nearer_to_the_truth(
    built: BehaviourProject, overall: pd.DataFrame, experiments: pd.DataFrame
) -> None:
    """Over many actions, shrunken effects of segments miss less than the segments' own figures, and than the mean of the action."""
    with connect_duckdb(built.database) as connection:
        rows = connection.execute(
            """select effects.*, estimates.adjusted_effect as own
            from effect_test.int_action_effects as effects
            inner join effect_test.int_effect_estimates as estimates
                on effects.action = estimates.action and effects.segment = estimates.segment
            where effects.action like 'varied%' and estimates.period = 'all' and estimates.metric = 'orders'"""
        ).df().set_index(["action", "segment"])
    truth = experiments.groupby(["action", "segment"])["true_effect"].mean().reindex(rows.index)
    mean = rows.index.get_level_values("action").map(overall["orders_adjusted_effect"])

    def miss(figures: pd.Series) -> float:
        return float(((figures - truth) ** 2).mean())

    shrunken = miss(rows["incremental_orders"])
    assert shrunken < 0.9 * miss(rows["own"])
    assert shrunken < 0.9 * miss(pd.Series(mean, index=rows.index))
    covered = (rows["orders_low"] <= truth) & (truth <= rows["orders_high"])
    assert covered.mean() > 0.8


def test_small_cells_cannot_look_great(built: BehaviourProject) -> None:
    """Where no segment differs, the best of all cells is far below what it says of itself."""
    (own, shrunken), = built.fetch(
        """select max(abs(estimates.adjusted_effect)), max(abs(effects.incremental_orders))
        from effect_test.int_action_effects as effects
        inner join effect_test.int_effect_estimates as estimates
            on effects.action = estimates.action and effects.segment = estimates.segment
        where effects.action in ('crossed', 'touched') and estimates.period = 'all' and estimates.metric = 'orders'"""
    )
    assert shrunken < 0.6 * own


POLICIES = {
    "everyone_discount": np.tile([0.0, 1.0, 0.0], (4, 1)),
    "highest_propensity": np.array([[1.0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]]),
    "nothing": np.tile([1.0, 0.0, 0.0], (4, 1)),
}


@pytest.fixture(scope="module")
def policy_rows() -> pd.DataFrame:
    """One log of 6,000 decisions by 3,000 people."""
    return world.policy_log(np.random.default_rng(5), 6_000)


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory, policy_rows: pd.DataFrame) -> BehaviourProject:
    """Values of policies from that log."""
    return project(
        tmp_path_factory.mktemp("policies"), policy_rows, ["int_effect_rules", *POLICY_MODELS], ["mail", "win_back_offer"]
    )


def test_policies_equal_numpy(policies: BehaviourProject, policy_rows: pd.DataFrame) -> None:
    """Both estimators with their intervals, as written anew in numpy."""
    for policy, shares in POLICIES.items():
        for estimator, (value, error) in world.policy_by_numpy(policy_rows, shares).items():
            ((found, low, high),) = policies.fetch(
                f"""select value_per_customer, value_low, value_high from effect_test.policy_value
                where policy = '{policy}' and estimator = '{estimator}' and objective = 'orders'"""
            )
            assert found == pytest.approx(value, abs=1e-9)
            assert (high - low) / 2 == pytest.approx(1.6448536269514722 * error, rel=1e-6)


def test_policy_estimators_are_right_on_average() -> None:
    """Over 200 logs both estimators hit the known value of each policy, and 90 % of the intervals hold it."""
    rng = np.random.default_rng(17)
    logs = [world.policy_log(rng, 2_500) for _ in range(DRAWS)]
    for policy, shares in POLICIES.items():
        truth = world.true_policy_value(shares)
        spread = {}
        for estimator in ("ips", "doubly_robust"):
            found = np.array([world.policy_by_numpy(log, shares)[estimator] for log in logs])
            assert abs(found[:, 0].mean() - truth) < 3.5 * found[:, 0].std() / np.sqrt(DRAWS), policy
            assert 0.85 <= (np.abs(found[:, 0] - truth) <= 1.645 * found[:, 1]).mean() <= 0.95, policy
            spread[estimator] = found[:, 0].std()
        assert spread["doubly_robust"] < spread["ips"]


def test_a_policy_that_was_never_tried_has_no_value(policies: BehaviourProject) -> None:
    """Today's choice names segments of which nothing is known here; its tried part is estimated."""
    rows = policies.fetch("select basis, value_per_customer from effect_test.policy_value where policy = 'todays_choice'")
    assert {row[0] for row in rows} == {"never_tried"} and all(row[1] is None for row in rows)


def test_todays_choice_is_that_of_people_with_options(policies: BehaviourProject) -> None:
    """Whom nothing may be done with is in no log: a share of all people would weigh doing nothing too much."""
    shares = policies.fetch("select arm, share from effect_test.int_policy_shares where policy = 'todays_choice' order by arm")
    assert [(arm, round(share, 6)) for arm, share in shares] == [("(nothing)", 0.333333), ("mail", 0.666667)]


def test_chances_that_are_not_those_of_what_was_done_are_refused(
    tmp_path: Path, policies: BehaviourProject, policy_rows: pd.DataFrame
) -> None:
    """Right chances give a mean weight of 1; a log whose chances are those of a choice it does not hold whole is refused."""
    sound = policies.fetch("select mean_weight from effect_test.policy_value where policy = 'everyone_discount' and basis = 'estimated'")
    assert len(sound) == 4 and all(abs(weight - 1) < 0.1 for (weight,) in sound)
    wrong = policy_rows.assign(selection_probability=policy_rows.selection_probability * 0.8)
    built = project(tmp_path, wrong, ["int_effect_rules", *POLICY_MODELS], ["mail", "win_back_offer"])
    rows = built.fetch("select basis, value_per_customer, reason from effect_test.policy_value where policy = 'everyone_discount'")
    assert {row[:2] for row in rows} == {("chances_off", None)} and all("instead of 1" in row[2] for row in rows)


@pytest.fixture(scope="module")
def uplift(tmp_path_factory: pytest.TempPathFactory) -> BehaviourProject:
    """One action that is good for the best and a nuisance to others, one that answers by a person's own orders, and one that does nothing."""
    rng = np.random.default_rng(23)
    answers = np.array([0.0, -0.15, 0.0, 1.2])
    rows = pd.concat([world.experiment(rng, name, 8_000, effects, 0.4) for name, effects in (("answers", answers), ("idle", world.NONE))])
    personal = world.experiment(rng, "personal", 8_000, world.NONE, 0.4)
    often = personal.pre_orders > personal.groupby("segment").pre_orders.transform("mean")
    personal["outcome_orders"] += (personal.is_treated & often & (rng.random(8_000) < 0.6)).astype(int)
    rows = pd.concat([rows, personal])
    return project(tmp_path_factory.mktemp("uplift"), rows, UPLIFT_MODELS, ["answers", "idle", "personal"])


def test_uplift_fits_equal_another_library(uplift: BehaviourProject) -> None:
    """Coefficients of all nine fits, with the same penalty on all but the constant."""
    with connect_duckdb(uplift.database) as connection:
        training = connection.execute("select * from effect_test.int_uplift_training").df()
        fits = connection.execute("select fit_no, b_0, b_1, b_2, b_3 from effect_test.int_uplift_fit").df()
    assert len(fits) == 9
    for fit in fits.itertuples():
        rows = training[training["fit_no"] == fit.fit_no]
        other = LogisticRegression(C=1.0, tol=1e-10, max_iter=1_000).fit(rows[["z_1", "z_2", "z_3"]].to_numpy(), rows["label"])
        assert [fit.b_0, fit.b_1, fit.b_2, fit.b_3] == pytest.approx([*other.intercept_, *other.coef_[0]], abs=1e-4)


def test_qini_equals_numpy(uplift: BehaviourProject) -> None:
    """The Qini of both models and actions, from the scores, written anew; only the actions with answers are told apart."""
    with connect_duckdb(uplift.database) as connection:
        scores = connection.execute("select * from effect_test.int_uplift_scores").df()
        found = connection.execute("select * from effect_test.uplift_performance where decile = 0").df()
    assert len(found) == 6
    for row in found.itertuples():
        rows = scores[(scores["action"] == row.action) & (scores["uplift_model"] == row.uplift_model)]
        assert len(rows) == 2_400
        assert row.qini == pytest.approx(world.qini_by_numpy(rows), abs=1e-9)
        assert row.beats_mean_effect == (row.action != "idle")


def test_only_a_model_that_proved_itself_enters_the_choice(uplift: BehaviourProject) -> None:
    """Segments say what one action does, nothing says what the idle one does: no model. Where people of a segment differ, by as much as came true."""
    with connect_duckdb(uplift.database) as connection:
        verdicts = connection.execute("select * from effect_test.int_uplift_verdicts").df()
        scores = connection.execute("select * from effect_test.int_uplift_scores").df()
        effects = connection.execute("select * from effect_test.int_uplift_effects").df().set_index("customer_id")
        reasons = connection.execute("select distinct is_used, reason from effect_test.uplift_performance where is_used").fetchall()
    used = verdicts[verdicts.is_used]
    assert list(used.action) == ["personal"] and reasons and "the choice uses it" in reasons[0][1]
    segments_do = verdicts[verdicts.action == "answers"]
    assert segments_do.beats_mean_effect.all() and not segments_do.holds_within_segments.any()
    # how much of it came true: least squares within segments, written anew
    rows = scores[(scores.action == "personal") & (scores.uplift_model == used.uplift_model.item())].copy()
    share = rows.is_treated.mean()
    rows["answer"] = np.where(rows.is_treated, rows.label / share, -rows.label / (1 - share))
    centred = rows[["predicted_uplift", "answer"]] - rows.groupby("segment")[["predicted_uplift", "answer"]].transform("mean")
    slope = (centred.predicted_uplift * centred.answer).sum() / (centred.predicted_uplift**2).sum()
    assert used.used_share.item() == pytest.approx(min(max(slope, 0), 1), rel=1e-5)
    assert set(effects.action) == {"personal"}
    assert effects.orders_off_segment["a"] > effects.orders_off_segment["b"] + 0.05
    assert effects.value_off_segment["a"] == pytest.approx(20 * effects.orders_off_segment["a"], rel=1e-4)


@pytest.mark.parametrize(("change", "basis"), [("empty", "nothing_logged"), ("no_probability", "no_probability"), ("young", "not_over")])
def test_logs_that_tell_nothing(tmp_path: Path, policy_rows: pd.DataFrame, change: str, basis: str) -> None:
    """Empty log, unknown chances, no window over: a reason, no value, no crash."""
    rows = policy_rows.head(0 if change == "empty" else 400).copy()
    if change == "no_probability":
        rows["selection_probability"] = pd.array([None] * len(rows), dtype="Float64")
    elif change == "young":
        rows["is_matured"] = rows["is_window_over"] = False
    models = ["int_effect_rules", *POLICY_MODELS] if change == "no_probability" else [*EFFECT_MODELS, *POLICY_MODELS, *UPLIFT_MODELS[1:]]
    built = project(tmp_path, rows, models, ["mail", "win_back_offer"])
    found = set(built.fetch("select basis, value_per_customer from effect_test.policy_value"))
    assert found == {(basis, None)}
    if change != "no_probability":
        assert built.fetch("select count(*) from effect_test.uplift_performance") == [(0,)]
        assert built.fetch("select distinct effect_basis from effect_test.int_action_effects") == [("prior",)]
        assert built.fetch(
            "select count(*), count(distinct action) from effect_test.action_performance where reason like 'Not measurable%'"
        )[0][1] == 2
