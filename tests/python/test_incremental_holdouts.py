"""Holdouts of actions in incremental attribution: numpy, planted effects and planted confounding, and what the rule of weighing is worth."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.python.behaviour_project import BehaviourProject
from tests.python.incremental_world import DAYS, FIRST, project

PEOPLE, WINDOW, UNITS, REPLICATES = 600, 14, 64, 40
EFFECT = 0.3  # orders that an e-mail and an app push bring
CHANNELS = {"mail": "email", "nudge": "sms", "thanks": "app_push", "post": "wechat"}
MEASURED = [(action, "measured", "open", False, False) for action in CHANNELS]
Shop = tuple[list[tuple], list[tuple], list[tuple]]


def experiment_shop(seed: int) -> Shop:
    """Orders, contacts and lots of a shop whose actions hold half of the people out.

    E-mails come by lot on any day and bring orders. Text messages go to people who are about to order, and bring none. App
    pushes thank for an order, and bring orders. What `post` sends is not among the touches. Adverts know no lot.
    """
    rng = random.Random(seed)
    midnight = datetime.combine(FIRST, datetime.min.time())

    def moment(day: int) -> datetime:
        return midnight + timedelta(days=day, hours=rng.randint(8, 20), minutes=rng.randrange(60), seconds=1)

    orders: list[tuple] = []
    contacts: list[tuple] = []
    lots: list[tuple] = []
    for person in range(1, PEOPLE + 1):
        rate = rng.choice([0.003, 0.01, 0.02])
        base = [moment(day) for day in range(DAYS) if rng.random() < rate]
        times = list(base)
        told = [("mail", moment(rng.randrange(20, DAYS - 20))), ("post", moment(rng.randrange(20, DAYS - 20)))]
        inner = [at for at in base if midnight + timedelta(days=15) < at < midnight + timedelta(days=DAYS - 20)]
        if inner:
            told.append(("nudge", rng.choice(inner) - timedelta(hours=rng.randint(1, 288))))
            told.append(("thanks", rng.choice(inner) + timedelta(hours=rng.randint(1, 120))))
        for action, at in told:
            is_treated = rng.random() < 0.5
            lots.append((action, person, is_treated, CHANNELS[action], at, WINDOW))
            if is_treated and action != "post":
                contacts.append((person, CHANNELS[action], at))
                if action != "nudge" and rng.random() < EFFECT:
                    times.append(at + timedelta(hours=rng.randint(1, 24 * WINDOW - 24)))
        contacts += [(person, channel, moment(rng.randrange(DAYS))) for channel in ("display_ad", "wechat")]
        orders += [(person, rng.choice(["web", "store"]), at) for at in times]
    orders += [(None, "store", moment(rng.randrange(DAYS))) for _ in range(100)] + [(None, "web", moment(day)) for day in (0, DAYS - 1)]
    bought = defaultdict(list)
    for person, _, at in orders:
        bought[person].append(at)
    lots = [
        (*row, sum(row[4] - timedelta(days=60) < at < row[4] for at in bought[row[1]])) for row in lots
    ]
    return [(f"o{number}", *row) for number, row in enumerate(orders)], contacts, lots


def compared(shop: Shop, action: str, channel: str) -> dict[str, np.ndarray]:
    """Per person of an action: number, group, adjusted orders of the window (y), days of contact in it (x)."""
    orders, contacts, lots = shop
    known, every = defaultdict(int), defaultdict(int)
    for _, person, where, _ in orders:
        every[where] += 1
        known[where] += person is not None
    bought, reached = defaultdict(list), defaultdict(set)
    for _, person, where, at in orders:
        bought[person].append((at, every[where] / known[where]))
    for person, through, at in contacts:
        if through == channel:
            reached[person].add(at.date())
    rows = []
    for name, person, is_treated, _, at, days, before in lots:
        if name == action:
            end = at + timedelta(days=days)
            y = sum(weight for when, weight in bought[person] if at <= when < end)
            x = sum(at.date() <= day < end.date() for day in reached[person])
            rows.append((person, is_treated, y, x, before))
    person, treated, y, x, before = (np.array(column, float) for column in zip(*rows, strict=True))
    treated = treated == 1
    centred = np.where(treated, before - before[treated].mean(), before - before[~treated].mean())
    slope = float(f"{(centred * y).sum() / (centred * centred).sum():.6g}")
    return {"person": person.astype(int), "treated": treated, "y": y - slope * before, "x": x}


def wald(people: dict[str, np.ndarray]) -> tuple[float, float, float]:
    """More orders over more contacts, its standard error by the delta method, and F of the first stage."""
    treated, y, x = people["treated"], people["y"], people["x"]
    more_y, more_x = (z[treated].mean() - z[~treated].mean() for z in (y, x))

    def variance(z: np.ndarray) -> float:
        return z[treated].var(ddof=1) / treated.sum() + z[~treated].var(ddof=1) / (~treated).sum()

    ratio = more_y / more_x
    stage = variance(x)
    return ratio, np.sqrt(variance(y - ratio * x)) / abs(more_x), min(1e6, more_x**2 / stage if stage > 1e-12 else 1e6)


def by_lot(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The ratio in each sample, about that of all people (row 0 of weights). sums: part of the people × (group × people, y, x)."""
    (n1, y1, x1), (n0, y0, x0) = (weights @ sums).reshape(len(weights), 2, 3).transpose(1, 2, 0)
    more_y, more_x = ((n0 * a - n1 * b) / (n1 + n0) for a, b in ((y1, y0), (x1, x0)))
    ratio = more_y[0] / more_x[0]
    return ratio + (more_y - ratio * more_x) / more_x[0]


def unit_sums(people: dict[str, np.ndarray], unit: np.ndarray) -> np.ndarray:
    """People, adjusted orders and contacts by part of the people and group."""
    columns = [np.ones(len(unit)), people["y"], people["x"]]
    return np.column_stack([
        np.bincount(unit[mask], column[mask], UNITS) for mask in (people["treated"], ~people["treated"]) for column in columns
    ])  # fmt: skip


def weigh(model: np.ndarray, lot: np.ndarray) -> tuple[str, np.ndarray]:
    """What the evidence is, and the orders that a contact added in each sample (0: the people as they are)."""
    model_variance, lot_variance, variance = (float(f"{z[1:].var(ddof=1):.6g}") for z in (model, lot, lot - model))
    if abs(lot[0] - model[0]) >= 2.5758293035489 * np.sqrt(variance):
        return "contradicts", lot
    if model_variance < 0.2 * (model_variance + lot_variance):
        return "too_weak", model
    doubt = model_variance + np.maximum(0, (lot - model) ** 2 - variance)
    share = doubt / (doubt + lot_variance)
    return "agrees", share * lot + (1 - share) * model


@pytest.fixture(scope="module")
def shop() -> Shop:
    """The shop of this module."""
    return experiment_shop(3)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> BehaviourProject:
    """The mart on that shop."""
    orders, contacts, lots = shop
    folder = tmp_path_factory.mktemp("holdouts")
    made = project(folder, orders, contacts, PEOPLE, lots, MEASURED)
    return made


def test_experiments_equal_numpy(built: BehaviourProject, shop: Shop) -> None:
    """Ratio, standard error and first stage of each action."""
    rows = built.fetch(f"""
        select action, channel, finding, treated, holdout, orders_per_contact, standard_error, first_stage_f
        from {built.schema}.int_incremental_experiments
    """)
    assert {row[0]: row[2] for row in rows} == {"mail": "usable", "nudge": "usable", "thanks": "usable", "post": "no_contacts"}
    for action, channel, _, treated, holdout, *figures in rows:
        people = compared(shop, action, channel)
        assert (treated, holdout) == (people["treated"].sum(), (~people["treated"]).sum())
        assert figures == pytest.approx(wald(people), rel=2e-5)


def test_draws_and_weights_equal_numpy(built: BehaviourProject, shop: Shop, tmp_path: Path) -> None:
    """Samples of the same parts of the people as the model's, and the share of lot and model in each."""
    small = BehaviourProject(tmp_path, [])
    small.view("weights", "{{ bootstrap_weights(" + f"{REPLICATES}, {UNITS}" + ", 'incremental/') }}")
    small.build()
    weights = np.zeros((REPLICATES + 1, UNITS))
    for replicate, unit, weight in small.fetch(f"select replicate, unit, weight from {small.schema}.weights"):
        weights[replicate, unit] = weight
    units = dict(built.fetch(f"select distinct person_number, unit from {built.schema}.int_incremental_assigned"))
    findings = dict(built.fetch(f"select channel, holdout_finding from {built.schema}.int_incremental_evidence"))
    for action in ("mail", "nudge"):
        channel = CHANNELS[action]
        rows = np.array(built.fetch(f"""
            select draws.by_model, draws.by_lot, effects.effect * draws.stock_per_contact
            from {built.schema}.int_incremental_draws as draws
            inner join {built.schema}.int_incremental_effects as effects
                on draws.replicate = effects.replicate and draws.channel = effects.channel
            where draws.channel = '{channel}' order by draws.replicate
        """), float)  # fmt: skip
        people = compared(shop, action, channel)
        assert rows[:, 1] == pytest.approx(by_lot(unit_sums(people, np.array([units[n] for n in people["person"]])), weights), rel=1e-7)
        finding, expected = weigh(rows[:, 0], rows[:, 1])
        assert findings[channel] == finding
        assert rows[:, 2] == pytest.approx(expected, rel=1e-7)


def test_what_the_figures_rest_on(built: BehaviourProject) -> None:
    """Agreement, contradiction, a channel of which the model cannot tell, one whose sends are not recorded, one without an action."""
    rows = {row[0]: row[1:] for row in built.fetch(f"""
        select channel, evidence, holdout_finding, verdict, orders_per_1000_contacts, model_orders_per_1000_contacts,
            holdout_orders_per_1000_contacts, holdout_p_value, orders_low, orders_high, contacts
        from {built.schema}.incremental_attribution where period = 'all'
    """)}  # fmt: skip
    assert {channel: row[:2] for channel, row in rows.items()} == {
        "email": ("model_and_holdout", "agrees"), "sms": ("holdout", "contradicts"), "app_push": ("holdout", "holdout_only"),
        "wechat": ("model", "no_contacts"), "display_ad": ("model", "no_holdout"),
        "direct": (None, None), "(all marketing)": (None, None), "(would have happened)": (None, None),
    }  # fmt: skip
    # nothing was planted for text messages, though who got one was about to order
    assert rows["sms"][2] == "not_shown" and rows["sms"][6] < 0.01
    assert abs(rows["sms"][3]) < rows["sms"][4] / 4
    assert rows["app_push"][4] is None and rows["app_push"][7] / rows["app_push"][9] < EFFECT * 1.1 < rows["app_push"][8] / rows["app_push"][9]
    # weighed together, the figure lies between the two
    low, high = sorted(rows["email"][4:6])
    assert low < rows["email"][3] < high
    assert rows["email"][7] / rows["email"][9] < EFFECT * 1.1 < rows["email"][8] / rows["email"][9]


def test_credits_add_up(built: BehaviourProject) -> None:
    """In every period what marketing added and what would have happened are all orders, whatever the evidence."""
    rows = built.fetch(f"""
        select max(order_count), sum(case when not is_total then incremental_orders end),
            sum(case when is_total then incremental_orders end),
            sum(case when not is_total and channel != '(would have happened)' then incremental_orders end)
        from {built.schema}.incremental_attribution group by period
    """)
    assert len(rows) == 7
    for orders, credited, total, channels in rows:
        assert credited == pytest.approx(orders, abs=0.01)
        assert total == pytest.approx(channels, abs=0.01)


def test_nothing_changes_where_no_holdout_can_tell(tmp_path: Path, shop: Shop) -> None:
    """Doubtful groups, other actions beside, no or a small holdout, or no log at all: the figures are those of the model, and say why."""
    orders, contacts, lots = shop
    flags = [
        ("mail", "measured", "doubtful", False, False), ("nudge", "measured", "open", False, True),
        ("thanks", "no_holdout", "not_measurable", False, False), ("post", "measured", "open", True, False),
    ]  # fmt: skip
    made = project(tmp_path / "lots", orders, contacts, PEOPLE, lots, flags)
    plain = project(tmp_path / "plain", orders, contacts, PEOPLE)
    query = """
        select channel, period, incremental_orders, orders_low, orders_high, verdict, evidence
        from {}.incremental_attribution order by channel, period
    """
    assert made.fetch(query.format(made.schema)) == plain.fetch(query.format(plain.schema))
    findings = "select channel, holdout_finding from {}.incremental_attribution where period = 'all' and holdout_finding is not null"
    assert dict(made.fetch(findings.format(made.schema))) == {
        "email": "doubtful", "sms": "interference", "app_push": "no_holdout", "wechat": "too_few", "display_ad": "no_holdout",
    }  # fmt: skip
    assert {row[1] for row in plain.fetch(findings.format(plain.schema))} == {"no_holdout"}


def test_an_action_of_two_channels_tells_of_none(tmp_path: Path, shop: Shop) -> None:
    """Every e-mail of the action comes with an advert, so that the lot moves both."""
    orders, contacts, lots = shop
    both = contacts + [(person, "display_ad", at + timedelta(hours=1)) for person, channel, at in contacts if channel == "email"]
    made = project(tmp_path, orders, both, PEOPLE, lots, MEASURED)
    rows = dict(made.fetch(f"select action, finding from {made.schema}.int_incremental_experiments"))
    assert rows == {"mail": "other_channels", "nudge": "usable", "thanks": "usable", "post": "no_contacts"}


@pytest.mark.parametrize("reached", [1.0, 0.2])
def test_intervals_of_the_lot_cover(reached: float) -> None:
    """Of 90 % and 95 % intervals of repeated draws as many hold the planted effect; with one in five reached, too.

    Those of the lot alone (its standard error over the samples), and the percentiles that credits take.
    """
    rng = np.random.default_rng(int(10 * reached))
    size, draws = 1500, 2000
    weights = np.vstack([np.ones(UNITS), rng.poisson(1, (200, UNITS))])
    inside = np.zeros(3)
    for _ in range(draws):
        treated = rng.random(size) < 0.8
        # whom messages reach orders more anyway
        warm = rng.random(size) < 0.3
        x = rng.poisson(0.05, size) + (treated & (rng.random(size) < reached * np.where(warm, 1, 0.7) / 0.79))
        y = rng.poisson(0.1 + 0.3 * warm) + rng.binomial(x, 0.2)
        people = {"treated": treated, "x": x.astype(float), "y": y.astype(float)}
        found = by_lot(unit_sums(people, rng.integers(0, UNITS, size)), weights)
        error = found[1:].std(ddof=1)
        low, high = np.percentile(found[1:], [2.5, 97.5])
        inside += [abs(found[0] - 0.2) <= 1.6449 * error, abs(found[0] - 0.2) <= 1.96 * error, low <= 0.2 <= high]
    assert inside / draws == pytest.approx([0.9, 0.95, 0.95], abs=0.03)


@pytest.mark.parametrize("noise", [0.6, 1.0, 2.0])
@pytest.mark.parametrize("bias", [0.0, 1.0, 4.0])
def test_weighing_beats_a_biased_model(noise: float, bias: float) -> None:
    """Model and lot in units of the lot's standard error, a third of their noise in common.

    Without bias the combined figure is nearer to the truth than the lot's; with one of four standard errors nearer than the
    model's; its intervals of 95 % hold the truth as often as they say, and a little less where a bias stays hidden in the noise.
    """
    rng = np.random.default_rng(int(10 * noise + bias))
    draws, samples = 1500, 200
    common = noise * 0.3
    covariance = np.array([[noise**2, common], [common, 1.0]])
    root = np.linalg.cholesky(covariance)
    inside, errors, called = 0, [], 0
    for _ in range(draws):
        centre = root @ rng.normal(size=2) + [bias, 0]
        both = np.vstack([centre, centre + rng.normal(size=(samples, 2)) @ root.T])
        finding, found = weigh(both[:, 0], both[:, 1])
        low, high = np.percentile(found[1:], [2.5, 97.5])
        inside += low <= 0 <= high
        called += finding == "contradicts"
        errors.append((found[0], both[0, 0], both[0, 1]))
    combined, model, lot = np.sqrt((np.array(errors) ** 2).mean(axis=0))
    if bias == 0:
        assert combined < lot * 1.02
        assert inside / draws == pytest.approx(0.95, abs=0.03)
        assert called / draws < 0.03
    else:
        assert combined < model
        assert inside / draws > 0.87
    if bias == 4:
        assert combined < lot * 1.35
