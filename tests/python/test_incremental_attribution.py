"""Incremental attribution against statsmodels, and its verdicts where the data can and cannot say."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from tests.python.behaviour_project import BehaviourProject
from tests.python.incremental_world import DAYS, FIRST, project

BLOCK, REACH, PEOPLE = 84, 14, 90
HALF_LIVES = {1: 1, 2: 2, 3: 3, 4: 5, 5: 8, 6: 3}
BEFORE = 6


def random_shop(seed: int) -> tuple[list[tuple], list[tuple]]:
    """Orders (id, person, sales channel, at) and contacts (person, channel, at).

    E-mails bring orders, adverts do not; app pushes thank for orders; text message and WeChat always go out together.
    """
    rng = random.Random(seed)

    def moment(day: int, hour: int) -> datetime:
        return datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, hours=hour, minutes=rng.randrange(60), seconds=1)

    orders: list[tuple] = []
    contacts: list[tuple] = []
    for person in range(1, PEOPLE + 1):
        rate = rng.choice([0.005, 0.03, 0.06])
        times = [moment(day, rng.randint(8, 22)) for day in range(DAYS) if rng.random() < rate * (1 + (day % 7 > 4))]
        contacts += [(person, "app_push", at + timedelta(hours=rng.randint(1, 30))) for at in times if rng.random() < 0.6]
        for day in rng.sample(range(DAYS - 4), 5):
            contacts.append((person, "email", moment(day, 10)))
            if rng.random() < 0.4:
                times.append(contacts[-1][2] + timedelta(hours=rng.randint(1, 40)))
        contacts += [(person, "display_ad", moment(rng.randrange(DAYS), rng.randint(8, 22))) for _ in range(5)]
        for day in rng.sample(range(DAYS), 3):
            both = moment(day, 10)
            contacts += [(person, "sms", both), (person, "wechat", both)]
        if person <= 20:
            contacts.append((person, "direct_mail", moment(rng.randrange(DAYS), 9)))
        orders += [(person, rng.choice(["web", "store"]), at) for at in times]
    last = datetime.combine(FIRST, datetime.min.time()) + timedelta(days=DAYS)
    contacts = [row for row in contacts if row[2] < last]
    orders = [row for row in orders if row[2] < last]
    # buyers whom nobody knows, mostly in the store
    orders += [(None, rng.choice(["store", "store", "web"]), moment(rng.randrange(DAYS), 12)) for _ in range(150)]
    # the first and the last day have orders, so that the days are those of the shop
    orders += [(None, "web", moment(0, 12)), (None, "web", moment(DAYS - 1, 12))]
    return [(f"o{number}", *row) for number, row in enumerate(orders)], contacts


def fit(orders: list[tuple], contacts: list[tuple], channels: list[str], half_life: int, is_before: bool) -> dict[str, float]:
    """Weighted least squares on every stretch of a person's days between contacts, a dummy a person and block; `is_before`: beside the days after, those before."""
    known, every = defaultdict(int), defaultdict(int)
    for _, person, channel, _ in orders:
        every[channel] += 1
        known[channel] += person is not None
    per_day, per_hour = np.zeros(DAYS), np.zeros(24)
    for _, _, _, at in orders:
        per_day[(at.date() - FIRST).days] += 1
        per_hour[at.hour] += 1
    block = np.arange(DAYS) // BLOCK
    means = np.array([per_day[block == number].mean() for number in block])
    season = (per_day + 20) / (means + 20)

    def place(at: datetime) -> float:
        """Share of a day's orders before the minute."""
        return (per_hour[: at.hour].sum() + per_hour[at.hour] * at.minute / 60) / per_hour.sum()

    firsts: dict[tuple, datetime] = {}
    for person, channel, at in contacts:
        key = (person, channel, (at.date() - FIRST).days)
        firsts[key] = min(at, firsts.get(key, at))
    by_person = defaultdict(list)
    for (person, channel, day), at in firsts.items():
        if channel in channels:
            by_person[person].append((channels.index(channel), day, at))
    bought = defaultdict(list)
    for _, person, channel, at in orders:
        if person in by_person:
            bought[person, (at.date() - FIRST).days].append((at, every[channel] / known[channel]))

    width = len(channels)
    rows, response, weights = [], [], []
    people = sorted(by_person)
    for number, person in enumerate(people):
        for day in range(DAYS):
            cuts = sorted({(0.0, datetime.min), *((place(at), at) for _, when, at in by_person[person] if when == day)})
            for (start, since), (end, until) in zip(cuts, [*cuts[1:], (1.0, datetime.max)], strict=True):
                stock = np.zeros(width * (1 + is_before))
                for channel, when, at in by_person[person]:
                    if 0 <= day - when < REACH and (day > when or since >= at):
                        stock[channel] += 2.0 ** ((when - day) / half_life)
                    if is_before and 0 <= when - day < REACH and (day < when or until <= at):
                        stock[width + channel] += 2.0 ** ((day - when) / half_life)
                total = sum(weight for at, weight in bought[person, day] if since < at < until)
                if end - start < 1e-12:
                    assert total == 0
                    continue
                base = np.zeros(len(people) * 2)
                base[number * 2 + day // BLOCK] = season[day]
                rows.append(np.concatenate([stock, base]))
                response.append(total / (end - start))
                weights.append(end - start)
    found = sm.WLS(np.array(response), np.array(rows), weights=np.array(weights)).fit()
    return dict(zip(channels, found.params[width * is_before : width * (1 + is_before)], strict=True))


@pytest.fixture(scope="module")
def shop() -> tuple[list[tuple], list[tuple]]:
    """The random shop of this module."""
    return random_shop(4)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, shop: tuple[list[tuple], list[tuple]]) -> BehaviourProject:
    """The mart on the random shop."""
    return project(tmp_path_factory.mktemp("incremental"), *shop, PEOPLE)


@pytest.mark.parametrize("kernel", [2, BEFORE])
def test_effects_equal_least_squares(built: BehaviourProject, shop: tuple[list[tuple], list[tuple]], kernel: int) -> None:
    """The normal equations without base rates give what statsmodels gives with a dummy for each."""
    found = dict(built.fetch(f"""
        select channels.channel, fits.effect from {built.schema}.int_incremental_fits as fits
        inner join {built.schema}.int_incremental_channels as channels on fits.channel_no = channels.channel_no
        where fits.replicate = 0 and fits.kernel_no = {kernel}
    """))
    assert set(found) == {"app_push", "display_ad", "email", "sms", "wechat"}
    # two channels that always come together: the sum is what one of them would have
    expected = fit(*shop, ["app_push", "display_ad", "email", "sms"], HALF_LIVES[kernel], kernel == BEFORE)
    found["sms"] += found.pop("wechat")
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_verdicts(built: BehaviourProject) -> None:
    """Each channel says what it can, and why not where it cannot."""
    rows = dict(built.fetch(f"select channel, verdict from {built.schema}.incremental_attribution where period = 'all'"))
    assert rows == {
        "email": "adds_orders", "display_ad": "not_shown", "app_push": "orders_before", "sms": "inseparable", "wechat": "inseparable",
        "direct_mail": "too_few_contacts", "direct": "person_sets_moment", "(all marketing)": "adds_orders",
        "(would have happened)": "remainder",
    }  # fmt: skip
    silent = built.fetch(f"""
        select count(*) from {built.schema}.incremental_attribution
        where incremental_orders is not null and verdict not in ('adds_orders', 'not_shown', 'remainder')
    """)
    assert silent == [(0,)]


def test_planted_orders_are_found(built: BehaviourProject) -> None:
    """Four in ten of 450 e-mails brought an order; the interval holds that, and of adverts it holds nothing."""
    rows = {
        channel: (low, high, before)
        for channel, low, high, before in built.fetch(f"""
            select channel, orders_low, orders_high, orders_before from {built.schema}.incremental_attribution
            where period = 'all' and channel in ('email', 'display_ad')
        """)
    }
    assert 90 < rows["email"][0] < 0.4 * 450 * 1.1 < rows["email"][1] * 1.2
    assert rows["display_ad"][0] < 0 < rows["display_ad"][1]


def test_credits_add_up(built: BehaviourProject) -> None:
    """In every period what marketing added and what would have happened are all orders."""
    rows = built.fetch(f"""
        select period, max(order_count), sum(incremental_orders), count(case when channel = '(would have happened)' then 1 end)
        from {built.schema}.incremental_attribution where not is_total group by period
    """)
    assert len(rows) == 7
    for _, orders, total, remainders in rows:
        assert total == pytest.approx(orders, abs=0.01)
        assert remainders == 1
    months = built.fetch(f"""
        select sum(case when period = 'all' then incremental_orders end), sum(case when period != 'all' then incremental_orders end)
        from {built.schema}.incremental_attribution where channel = '(all marketing)'
    """)
    assert months[0][0] == pytest.approx(months[0][1], abs=0.01)


def test_a_sample_takes_whole_people(tmp_path: Path, shop: tuple[list[tuple], list[tuple]]) -> None:
    """Half the contacts, all contacts of each person drawn, and as many orders as without a sample, within the noise."""
    made = project(tmp_path, *shop, PEOPLE, incremental_sample_contacts=900)
    counts = made.fetch(f"""
        select count(*), count(distinct person_number) from {made.schema}.int_incremental_contacts
    """)[0]
    assert 800 < counts[0] <= 900
    drawn = {row[0] for row in made.fetch(f"select distinct person_number from {made.schema}.int_incremental_contacts")}
    assert counts[0] == len({(person, channel, at.date()) for person, channel, at in shop[1] if person in drawn})
    (found,) = made.fetch(f"""
        select incremental_orders from {made.schema}.incremental_attribution where period = 'all' and channel = 'email'
    """)[0]
    assert 100 < found < 300


@pytest.mark.parametrize("kind", ["no_orders", "no_contacts", "nothing"])
def test_empty(tmp_path: Path, shop: tuple[list[tuple], list[tuple]], kind: str) -> None:
    """Without orders there is no period; without contacts all orders would have happened."""
    orders, contacts = shop
    made = project(tmp_path, orders if kind == "no_contacts" else [], contacts if kind == "no_orders" else [], PEOPLE)
    rows = dict(made.fetch(f"select channel, verdict from {made.schema}.incremental_attribution where period = 'all'"))
    if kind == "no_contacts":
        assert rows == {"(would have happened)": "remainder", "direct": "person_sets_moment", "email": "person_sets_moment"}
    else:
        assert rows == {}
