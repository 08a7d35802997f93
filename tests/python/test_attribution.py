"""Attribution against plain numpy and enumeration: the Markov chain's removal effects, Shapley's values."""

from __future__ import annotations

import random
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pytest

from tests.python.behaviour_project import BehaviourProject

CHANNELS = ["email", "search_ad", "display_ad", "affiliate", "direct", "social_ad"]


def random_journeys(seed: int) -> list[tuple[list[str], bool]]:
    """Journeys of one to six touches, some of them won."""
    rng = random.Random(seed)
    return [
        ([rng.choice(CHANNELS[: rng.randint(2, 6)]) for _ in range(rng.randint(1, 6))], rng.random() < 0.4)
        for _ in range(400)
    ]


def win_chance(journeys: list[tuple[list[str], bool]], removed: str | None) -> float:
    """Chance to win from the start, by numpy; who comes to the removed channel is lost."""
    states = ["(start)", *CHANNELS]
    counts = np.zeros((len(states), len(states) + 2))  # then (won), (lost)
    for channels, is_won in journeys:
        places = [0, *(states.index(channel) for channel in channels)]
        for before, after in zip(places, [*places[1:], len(states) + (not is_won)], strict=True):
            counts[before, after] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if removed:
        shares[states.index(removed)] = 0
    transient = shares[:, : len(states)]
    return float(np.linalg.solve(np.eye(len(states)) - transient, shares[:, len(states)])[0])


def shapley_by_enumeration(won: list[list[str]]) -> dict[str, float]:
    """Value of a coalition: orders whose channels it holds all."""
    def value(coalition: frozenset[str]) -> int:
        return sum(set(channels) <= coalition for channels in won)

    count = len(CHANNELS)
    result = {}
    for channel in CHANNELS:
        others = [name for name in CHANNELS if name != channel]
        total = 0.0
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                coalition = frozenset(chosen)
                total += weight * (value(coalition | {channel}) - value(coalition))
        result[channel] = total
    return result


@pytest.fixture(scope="module")
def journeys() -> list[tuple[list[str], bool]]:
    """The random journeys of this module."""
    return random_journeys(5)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, journeys: list[tuple[list[str], bool]]) -> BehaviourProject:
    """The attribution models on the random journeys; every won one is an order of 10.00."""
    project = BehaviourProject(tmp_path_factory.mktemp("attribution"), ["int_markov_effects", "int_attribution_credits", "attributed_orders"])
    rows = [
        (f"j{number}", place, channel, len(channels), is_won)
        for number, (channels, is_won) in enumerate(journeys)
        for place, channel in enumerate(channels, 1)
    ]
    project.seed(
        "touch_rows",
        {"journey": "string", "place": "int", "channel": "string", "touches": "int", "is_won": "boolean"},
        rows,
    )
    project.view(
        "int_attribution_paths",
        """with paths as (
            select journey, is_won, {{ ordered_array_agg('channel', 'place') }} as channels
            from {{ ref('touch_rows') }} group by journey, is_won
        ) select channels, is_won, count(*) as journeys from paths group by channels, is_won""",
    )
    project.view(
        "int_attribution_journeys",
        """select journey as order_id, 1 as person_number, concat(journey, '-', cast(place as string)) as touchpoint_id, channel,
        cast(null as string) as campaign_id, channel = 'direct' as is_direct,
        timestamp '2024-01-01 00:00:00' as occurred_at, cast(touches - place as double) as days_before,
        place as touch_number, touches as touch_count
        from {{ ref('touch_rows') }} where is_won""",
    )
    project.view(
        "orders",
        """select journey as order_id, journey as customer_id, cast(10 as decimal(18, 2)) as net_revenue,
        timestamp '2024-01-02 00:00:00' as ordered_at, date '2024-01-02' as ordered_on
        from {{ ref('touch_rows') }} where is_won group by journey""",
    )
    project.view("int_consent_current", "select cast(null as string) as customer_id, true as has_analytics_consent")
    project.build()
    return project


def test_removal_effects_equal_numpy(
    built: BehaviourProject, journeys: list[tuple[list[str], bool]]
) -> None:
    """Solving the chain anew without each channel gives the same effects; 1e-12 is rounding."""
    found = dict(built.fetch(f"select channel, removal_effect from {built.schema}.int_markov_effects"))
    everything = win_chance(journeys, None)
    expected = {channel: 1 - win_chance(journeys, channel) / everything for channel in CHANNELS}
    assert found == pytest.approx(expected, abs=1e-12)


def test_shapley_equals_enumeration(
    built: BehaviourProject, journeys: list[tuple[list[str], bool]]
) -> None:
    """The equal split over an order's channels is Shapley's value of the game over all coalitions."""
    found = dict(
        built.fetch(
            f"select channel, sum(credit) from {built.schema}.attributed_orders where model = 'shapley' group by channel"
        )
    )
    expected = shapley_by_enumeration([channels for channels, is_won in journeys if is_won])
    assert found == pytest.approx(expected, abs=1e-9)


def test_every_model_gives_away_each_order_once(built: BehaviourProject) -> None:
    """Eight models, credits of 1 and ten units of money per order, to the cent."""
    rows = built.fetch(f"""
        select model, min(credit), max(credit), min(revenue), max(revenue)
        from (
            select model, order_id, sum(credit) as credit, sum(attributed_revenue) as revenue
            from {built.schema}.attributed_orders group by model, order_id
        ) as per_order
        group by model
    """)
    assert len(rows) == 8
    for _, least, most, least_money, most_money in rows:
        assert least == pytest.approx(1, abs=1e-12) and most == pytest.approx(1, abs=1e-12)
        assert float(least_money) == float(most_money) == 10
