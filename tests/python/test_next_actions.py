"""The choice of the next action on small worlds whose truth is known: limits, lots, and what is learnt in three rounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from tests.python.behaviour_project import MACROS, BehaviourProject
from tests.python.choice_world import SEGMENTS, ChoiceWorld
from tests.python.engines import ENGINE, connect_duckdb

pytestmark = pytest.mark.skipif(ENGINE != "duckdb", reason="the inputs are files that DuckDB reads")

ACTIONS = {"gift": (8.0, "post", None), "call": (5.0, "phone", 60), "letter": (1.0, "post", None), "mail": (0.05, "mail", None)}
VALUES = {"gift": (20.0, 12.0, 7.0, 3.0), "call": (14.0, 9.0, 6.0, 1.0), "letter": (2.0, 3.0, 2.5, 0.5), "mail": (0.4, 0.3, 0.9, -0.2)}


@pytest.fixture(name="world")
def limited_world(tmp_path: Path) -> tuple[ChoiceWorld, pd.DataFrame]:
    """3,000 people, four actions, a channel and an action that carry only some."""
    world = ChoiceWorld(tmp_path)
    people = world.people(3000, seed=1)
    world.catalogue(ACTIONS, {"post": 700, "phone": None, "mail": None})
    world.judgements(people, ACTIONS, np.random.default_rng(2).uniform(0.3, 1.7, len(people)))
    world.effects({
        (action, segment): (value, -0.1 if value < 0 else value + 1)
        for action, values in VALUES.items() for segment, value in zip(SEGMENTS, values, strict=True)
    })  # fmt: skip
    return world, people


def test_limits_hold_and_nothing_better_fits_within_them(world: tuple[ChoiceWorld, pd.DataFrame]) -> None:
    """Against the linear program of the same problem: its value is a bound that whole contacts can only approach."""
    project, people = world
    project.build(action_budget=3000, action_holdout_share=0.1, action_exploration_share=0.05)
    chosen = project.chosen()
    contacted = chosen[(chosen.action != "do_nothing") & ~chosen.is_holdout]
    assert len(chosen) == chosen.customer_id.nunique() == len(people)
    assert contacted.cost.astype(float).sum() <= 3000
    assert (contacted.channel == "post").sum() <= 700
    assert (contacted.action == "call").sum() <= 60
    given = chosen[chosen.action != "do_nothing"]
    assert (given.reason.str.endswith("; held out of this action: not to be contacted") == given.is_holdout).all()
    assert (given.reason_zh.str.endswith("；属该行动的对照组：不触达") == given.is_holdout).all()
    # each action has a holdout of its own
    assert (given.holdout_share == 0.1).all() and given.groupby("action").is_holdout.mean().between(0.02, 0.2).all()
    names = given.segment.map({"high": "高价值", "medium": "中价值", "low": "低价值", "(none)": "尚无订单"})
    assert all(f"：价值层级 {name} 预计" in reason for name, reason in zip(names, given.reason_zh, strict=True))
    # whom contact surely harms is left alone, even by lot
    assert not ((chosen.segment == "(none)") & (chosen.action == "mail")).any()

    options = project.frame(
        f"select o.* from {project.schema}.int_action_options as o"
        f" anti join {project.schema}.int_action_exploration as e using (customer_id)"
    )
    left = project.frame(f"from {project.schema}.int_action_prices").set_index("limit_name")
    draws = np.column_stack([options.cost.astype(float), options.channel == "post", options.action == "call"]).astype(float)
    # who is held out chooses at the same prices and draws on nothing: the limits are those of everybody who chooses
    given = chosen[~chosen.is_exploration & chosen.is_holdout]
    unused = [given.cost.astype(float).sum(), (given.channel == "post").sum(), (given.action == "call").sum()]
    capacity = left.capacity_left[["budget", "post", "call"]].to_numpy() + unused
    person = options.customer_id.astype("category").cat.codes.to_numpy()
    once = csr_matrix((np.ones(len(options)), (person, np.arange(len(options)))))
    bound = linprog(
        -options.score, A_ub=vstack([once, csr_matrix(draws.T)]), b_ub=np.r_[np.ones(once.shape[0]), capacity], bounds=(0, 1)
    )
    best = chosen[~chosen.is_exploration]
    scores = options.merge(best[["customer_id", "action"]], on=["customer_id", "action"]).score.sum()
    assert 0.995 * -bound.fun <= scores <= -bound.fun + 1e-6
    prices = project.limits()
    expected = -bound.ineqlin.marginals[once.shape[0]:]
    found = [prices[name]["price"] for name in ("budget", "post", "call")]
    # prices of limits that the same people draw on move against each other: what they are worth together is compared closer
    assert found == pytest.approx(list(expected), rel=0.02, abs=0.03)
    assert capacity @ found == pytest.approx(capacity @ expected, rel=0.01)
    assert prices["budget"]["is_binding"] and "one more unit would earn" in prices["budget"]["reason"]

    # the same again: the same people, and the lots are as many as they should be
    rate = chosen.selection_probability.where(~chosen.is_exploration).dropna()
    assert rate.between(0.01, 1).all()
    share = project.limits()["budget"]["exploration_share"]
    assert chosen.is_exploration.mean() == pytest.approx(share, abs=4 * np.sqrt(share / len(chosen)))
    def held_out() -> set[tuple[str, str]]:
        pairs = project.frame(f"select customer_id, action from {project.schema}.int_action_options where is_holdout")
        return set(zip(pairs.customer_id, pairs.action, strict=True))

    before = held_out()
    project.build(action_budget="", action_holdout_share=0.2, action_exploration_share=0, action_global_holdout_share=0.05)
    unlimited = project.chosen().set_index("customer_id")
    assert before < held_out()  # a larger holdout keeps everybody who was in it
    # and who gets nothing at all is so drawn for every action, and logged with certainty
    nothing = unlimited[unlimited.is_held_out_of_all]
    assert 0.03 < len(nothing) / len(people) < 0.07 and nothing.is_holdout.all() and (nothing.holdout_share == 1).all()
    assert (unlimited.holdout_share[~unlimited.is_held_out_of_all] == 0.2).all()
    told = nothing[nothing.action != "do_nothing"]
    assert len(told) and told.reason.str.endswith("; held out of all actions: not to be contacted").all()
    assert told.reason_zh.str.endswith("；属所有行动的对照组：不触达").all()
    assert unlimited.net_value.astype(float).sum() > chosen.net_value.astype(float).sum()
    assert project.limits()["budget"]["reason"].startswith("no limit is set")


def test_without_money_people_or_actions_there_is_a_reason(world: tuple[ChoiceWorld, pd.DataFrame]) -> None:
    """Budget 0, everybody held out, one action, no action and nobody: rows with a reason, and no crash."""
    project, people = world
    project.build(action_budget=0, action_holdout_share=0, action_exploration_share=0.05)
    chosen = project.chosen()
    assert (chosen.action == "do_nothing").all()
    assert (chosen.nothing_because == "limit").equals((chosen.nothing_because != "nothing_pays") & (chosen.segment != "(none)"))
    assert (chosen.nothing_because == "limit").mean() > 0.7
    assert chosen.reason.str.contains("but the limits of the day go to").sum() == (chosen.nothing_because == "limit").sum()
    budget = project.limits()["budget"]
    assert budget["used"] == 0
    assert budget["price"] > 5  # 0.05 of mail brings ten times that and more

    project.build(action_budget=100, action_holdout_share=1, action_exploration_share=0.05)
    chosen = project.chosen()
    assert (chosen.is_holdout == (chosen.action != "do_nothing")).all()
    assert (chosen.action != "do_nothing").any()  # what they would have been given is known
    assert project.frame(f"from {project.schema}.action_audiences").empty
    assert "nobody is to be contacted" in project.limits()["budget"]["reason"]

    one = {"letter": ACTIONS["letter"]}
    project.catalogue(one, {"post": None})
    project.judgements(people, one, np.ones(len(people)))
    project.build(action_budget=200, action_holdout_share=0.1, action_exploration_share=0)
    chosen = project.chosen()
    contacted = chosen[(chosen.action == "letter") & ~chosen.is_holdout]
    assert len(contacted) == 200  # one each, and equal people are parted by lot
    assert set(contacted.segment) == {"medium"}
    # a limit of all whom the letter is good for is used up and worth nothing more; contacts are whole numbers
    project.catalogue(one, {"post": None})
    project.build(action_budget="", action_holdout_share=0, action_exploration_share=0)
    wanted = int((project.chosen().action == "letter").sum())
    project.catalogue({"letter": (1.0, "post", wanted)}, {"post": wanted + 1})
    project.build(action_budget="", action_holdout_share=0, action_exploration_share=0)
    limits = project.limits()
    assert limits["letter"]["used"] == wanted and limits["letter"]["price"] == 0
    assert limits["letter"]["reason"] == "used up exactly: one more unit would earn nothing" and limits["letter"]["reason_zh"].startswith("恰好用尽")
    assert limits["post"]["reason"] == f"not used up ({wanted}): one more unit would earn nothing"
    assert limits["post"]["reason_zh"] == f"未用尽（{wanted}）：增加额度没有收益"

    project.catalogue({}, {"post": None})
    project.judgements(people, {}, np.ones(len(people)))
    project.build(action_budget=200)
    chosen = project.chosen()
    assert (chosen.action == "do_nothing").all() and chosen.reason.notna().all() and (chosen.selection_probability == 1).all()
    project.people(0, seed=1)
    project.build(action_budget=200)
    assert project.chosen().empty
    assert project.limits()["budget"]["used"] == 0


def test_probabilities_are_those_of_what_can_be_logged(tmp_path: Path) -> None:
    """Lots that say "nothing" are in no log: weighed by its probability, each action counts everybody who is in it once."""
    project = ChoiceWorld(tmp_path)
    people = project.people(6000, seed=3)
    project.catalogue({name: (cost, channel, None) for name, (cost, channel, _) in ACTIONS.items()}, {"post": None, "phone": None, "mail": None})
    project.judgements(people, ACTIONS, np.ones(len(people)))
    project.effects({
        (action, segment): (0.01 if segment == "(none)" else value, 30.0)
        for action, values in VALUES.items() for segment, value in zip(SEGMENTS, values, strict=True)
    })  # fmt: skip
    share, options = 0.3, len(ACTIONS) + 1
    project.build(action_budget="", action_holdout_share=0.1, action_exploration_share=share)
    chosen = project.chosen()
    assert (chosen.nothing_because == "lot").sum() > 100
    logged = chosen[chosen.action != "do_nothing"]
    # nothing pays for the segment without orders: its rows are lots, each action equally likely
    idle = logged[logged.segment == "(none)"]
    assert len(idle) > 100 and idle.selection_probability.to_numpy() == pytest.approx(1 / (options - 1))
    rest = logged[logged.segment != "(none)"]
    given = 1 - share / options
    best = project.frame(f"from {project.schema}.int_action_ranked where surplus_rank = 1").set_index("customer_id").action
    expected = np.where(rest.action == rest.customer_id.map(best), 1 - share + share / options, share / options) / given
    assert rest.selection_probability.to_numpy() == pytest.approx(expected, abs=1e-5)
    for action in ACTIONS:
        for group in (idle, rest):
            weight = (group.action == action) / group.selection_probability
            assert weight.mean() == pytest.approx(1, abs=4 * weight.std() / np.sqrt(len(group)))


def test_the_choice_does_not_look_at_the_holdout(tmp_path: Path) -> None:
    """Guards the comparison: who is held out would have got what others get, and limits cut both groups alike."""
    project = ChoiceWorld(tmp_path)
    people = project.people(4000, seed=5)
    project.catalogue(ACTIONS, {"post": 500, "phone": None, "mail": None})
    project.judgements(people, ACTIONS, np.random.default_rng(6).uniform(0.3, 1.7, len(people)))
    project.effects({
        (action, segment): (value, value + 1) for action, values in VALUES.items() for segment, value in zip(SEGMENTS, values, strict=True)
    })  # fmt: skip
    project.build(action_budget=1500, action_holdout_share=0.3, action_exploration_share=0.1)
    chosen = project.chosen()
    given = chosen[chosen.action != "do_nothing"]
    pairs = project.frame(f"select customer_id, action, holdout_draw from {project.schema}.int_action_options where action != 'do_nothing'")
    held = given.merge(pairs, on=["customer_id", "action"])
    assert ((held.holdout_draw < 0.3) == held.is_holdout).all()
    # of whoever is chosen for an action, the planned share is held out; also among those at the margin of a limit
    for _, group in held.groupby("action"):
        assert group.is_holdout.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / len(group)))
    scarce = held[(held.channel == "post") & ~held.is_exploration].sort_values("priority").tail(200)
    assert scarce.is_holdout.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / 200))
    assert chosen[(chosen.channel == "post") & ~chosen.is_holdout].shape[0] <= 500
    # draws of one person for two actions say nothing of each other
    wide = pairs.pivot(index="customer_id", columns="action", values="holdout_draw")
    assert np.abs(wide.corr().to_numpy() - np.eye(4)).max() < 5 / np.sqrt(len(people))


def test_a_closed_channel_stops_no_other_lot(tmp_path: Path) -> None:
    """A channel that carries nothing is no option of a lot; the others are explored as before. Lots turn no loss into a gain."""
    project = ChoiceWorld(tmp_path)
    people = project.people(3000, seed=4)
    project.catalogue(ACTIONS | {"call": (5.0, "phone", None)}, {"post": None, "phone": 0, "mail": None})
    project.judgements(people, ACTIONS, np.ones(len(people)))
    # a mail that costs what it brings, but for a ten-thousandth
    values = VALUES | {"mail": (0.05 * (1 - 1e-4),) * 4}
    project.effects({
        (action, segment): (value, 30.0) for action, row in values.items() for segment, value in zip(SEGMENTS, row, strict=True)
    })  # fmt: skip
    project.build(action_budget="", action_holdout_share=0, action_exploration_share=0.2)
    chosen = project.chosen()
    assert set(chosen.action) == {"gift", "letter", "mail", "do_nothing"}
    assert chosen.is_exploration.mean() == pytest.approx(0.2, abs=0.03)
    assert set(chosen.selection_probability[chosen.is_exploration & (chosen.action == "mail")].round(4)) <= {0.0526, 0.3333}
    scores = project.frame(f"select min(score) as low, max(score) as high from {project.schema}.int_action_options where action = 'mail'")
    assert scores.high.item() < 0


# --- what is learnt ------------------------------------------------------------------------------

# what a treated person brings by segment: a discount that harms the best customers, a gift that only they repay
TRUTH = {"discount": (-4.0, 2.0, 7.0, 3.5), "gift": (16.0, 6.0, 3.0, 1.0), "mail": (0.5, 1.2, 0.1, -0.6)}
COSTS = {"discount": (3.0, "mail", None), "gift": (8.0, "post", None), "mail": (0.05, "mail", None)}
PRIOR, PRIOR_WEIGHT, NOISE = 1.0, 25.0, 15.0


def net_truth(action: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """What an action truly brings to a person of a segment, less its cost."""
    table = {(name, seg): value - COSTS[name][0] for name, values in TRUTH.items() for seg, value in zip(SEGMENTS, values, strict=True)}
    return np.array([table.get(key, 0.0) for key in zip(action, segment, strict=True)])


def test_regret_shrinks_and_simple_rules_are_beaten(tmp_path: Path) -> None:
    """Three rounds of choosing, acting and measuring: the choice comes close to an oracle that knows the effects."""
    world = ChoiceWorld(tmp_path)
    people = world.people(12_000, seed=7)
    world.catalogue(COSTS, {"mail": None, "post": None})
    world.judgements(people, COSTS, np.ones(len(people)))
    rng = np.random.default_rng(11)
    segment = people.segment.to_numpy()
    oracle = np.maximum(0, np.max([net_truth(np.full(len(people), name), segment) for name in TRUTH], axis=0))

    log: list[pd.DataFrame] = []
    regrets = []
    for number in range(4):
        estimates = {}
        seen = pd.concat(log) if log else pd.DataFrame(columns=["action", "segment", "held", "outcome"])
        for name in TRUTH:
            for seg in SEGMENTS:
                treated = seen[(seen.action == name) & (seen.segment == seg) & ~seen.held.astype(bool)].outcome.astype(float)
                held = seen[(seen.segment == seg) & seen.held.astype(bool)].outcome.astype(float)
                weight = 1 / (1 / len(treated) + 1 / len(held)) if len(treated) and len(held) else 0.0
                difference = treated.mean() - held.mean() if weight else 0.0
                # the assumption counts as PRIOR_WEIGHT people, as in the measured effects
                value = (weight * difference + PRIOR_WEIGHT * PRIOR) / (weight + PRIOR_WEIGHT)
                estimates[(name, seg)] = (value, value + 1.645 * NOISE / np.sqrt(weight + PRIOR_WEIGHT))
        world.effects(estimates)
        rng_people = world_people(people, rng)
        world.table("int_action_facts", rng_people)
        world.build(action_budget="", action_holdout_share=0.1, action_exploration_share=0.1)
        chosen = world.chosen()
        action, held = chosen.action.to_numpy(), chosen.is_holdout.to_numpy()
        gain = net_truth(action, segment)
        regrets.append(1 - gain.sum() / oracle.sum())
        effect = np.where(held, 0, gain + np.array([COSTS[name][0] if name in COSTS else 0 for name in action]))
        log.append(pd.DataFrame({"action": action, "segment": segment, "held": held, "outcome": 40 + effect + rng.normal(0, NOISE, len(people))}))

    discount = net_truth(np.full(len(people), "discount"), segment)
    likeliest = np.where(np.isin(segment, ["high", "medium"]), discount, 0.0)  # who buys anyway gets it
    value_of_choice = (1 - regrets[-1]) * oracle.sum()
    assert regrets[3] <= 0.25
    assert regrets[3] < regrets[1] < regrets[0]
    assert value_of_choice > 1.2 * max(discount.sum(), likeliest.sum(), 0)


def world_people(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Another day: the holdout stays, the lots are drawn anew."""
    return people.assign(exploration_draw=rng.random(len(people)), option_lot=rng.integers(0, 2**60, len(people)))


# --- the lots ------------------------------------------------------------------------------------

PROFILES = """
select concat('c', cast(range as string)) as customer_id, true as has_marketing_consent, true as has_personalisation_consent
    {%- for name, metric in action_metrics().items() if metric.source == 'profiles' %},
    cast(null as {{ 'double' if metric.nature == 'number' else 'boolean' if metric.nature == 'boolean' else 'string' }})
        as {{ metric.get('column', name) }}
    {%- endfor %}
from range({{ var('people_count') }})
"""
OTHERS = """
select cast(null as string) as customer_id
    {%- for name, metric in action_metrics().items() if metric.source == 'SOURCE' %},
    cast(null as {{ 'boolean' if metric.nature == 'boolean' else 'double' }}) as {{ name }}
    {%- endfor %}EXTRA
where false
"""


def test_the_holdout_is_drawn_by_a_key_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards the holdout over builds: another day and more people move nobody; another salt draws another one."""
    project = BehaviourProject(tmp_path, ["int_action_facts"], "lots_test", [*MACROS, "actions"])
    project.view("customer_profiles", PROFILES)
    for name, source, extra in (
        ("customer_clv", "worth", ", cast(null as string) as value_tier"), ("customer_potential", "potential", ""),
        ("customer_satisfaction", "contentment", ""),
    ):  # fmt: skip
        project.view(name, OTHERS.replace("SOURCE", source).replace("EXTRA", extra))
    project.view("customer_propensities", "select '' as customer_id, '' as target, 0e0 as probability where false")
    project.view("order_returns", "select '' as customer_id, date '2025-01-01' as returned_on where false")
    project.view(
        "int_action_touches",
        """select '' as customer_id, '' as action, 0 as contact_count_30d,
            date '2025-01-01' as last_contacted_on, date '2025-01-01' as last_touched_on where false""",
    )
    project.view("customer_accounts", "select '' as customer_id, 'account' as account_kind where false")
    project.view("stg_commerce__as_of", "select cast('{{ var('today') }}' as date) as as_of")

    def draws(today: str, people_count: int) -> pd.DataFrame:
        project.build(today=today, people_count=people_count)
        with connect_duckdb(project.database) as connection:
            rows = connection.execute(f"select customer_id, holdout_draw, exploration_draw, option_lot from {project.schema}.int_action_facts")
            return rows.df().set_index("customer_id").sort_index()

    before = draws("2025-07-01", 4000)
    after = draws("2025-07-02", 5000).loc[before.index]
    assert (after.holdout_draw == before.holdout_draw).all()
    assert (after.exploration_draw != before.exploration_draw).all() and (after.option_lot != before.option_lot).all()
    assert (before.holdout_draw < 0.1).mean() == pytest.approx(0.1, abs=5 * np.sqrt(0.09 / 4000))
    lots = [before.holdout_draw, before.exploration_draw, after.exploration_draw, before.option_lot.astype(float)]
    assert np.abs(np.corrcoef(lots) - np.eye(4)).max() < 5 / np.sqrt(4000)
    monkeypatch.setenv("CUSTOMER360_SALT", "another salt of sixteen letters")
    assert (draws("2025-07-01", 4000).holdout_draw != before.holdout_draw).all()
