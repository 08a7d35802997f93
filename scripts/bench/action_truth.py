"""Simulated shops whose actions have known effects on every person: what measuring and choosing are held against.

Preset `effects` of the simulator plants opposite signs by segment, messages that put off, a season, individual answers,
one action in the way of another, and an unlucky holdout. This module makes such a shop in memory and answers for it:
who would have ordered anyway, what each action adds or takes away, and so what any choice would have earned.

    python -m scripts.bench.action_truth [--seeds 101 102 ...] [--presets effects hard+effects]

prints what is planted and what simple rules earn. tests/python/test_action_truth.py lets the models measure and choose.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from scripts.simulate import marketing
from scripts.simulate.people import People, make_people, segment_table
from scripts.simulate.purchases import organic_orders, weekly_rates
from scripts.simulate.settings import BLOCK_CUSTOMERS, DAY, Settings, load_rates
from scripts.simulate.world import World, make_world

SEGMENTS = ["(none)", "low", "medium", "high"]
LEAST_SHARE = (0.5, 0.8)  # of the people with orders: below it low, medium, above it high
HALFLIFE, BEFORE = 365 * DAY, 180 * DAY
ORDER_VALUE = 12.0  # for each unit of a segment's basket
# what a contact costs; the call is cheap here, so that only its harm speaks against it
COSTS = {"win_back_offer": 1.0, "cross_sell_email": 0.05, "replenishment_reminder": 0.03, "service_call": 0.1, "thank_you_gift": 2.0}
ACTIONS = list(COSTS)
CODES = np.array([marketing.ACTIONS.index(name) for name in ACTIONS])


@dataclass
class Block:
    """One block of people and when they order without any cause, by person and time."""

    people: People
    who: np.ndarray
    at: np.ndarray
    log: marketing.Actions


class Shop:
    """A shop in memory; everything about a person by position."""

    def __init__(self, preset: str, seed: int, customers: int) -> None:
        self.settings = Settings(customers, seed, 30, load_rates(preset), is_clean=True, is_typed=True)
        self.world: World = make_world(self.settings)
        self.blocks = [self._block(number) for number in range(self.settings.blocks)]
        self.customers = customers
        segment = np.concatenate([block.people.segment for block in self.blocks])
        self.order_value = ORDER_VALUE * segment_table(self.settings, "basket")[segment]
        who = np.concatenate([block.who + n * BLOCK_CUSTOMERS for n, block in enumerate(self.blocks)])
        at = np.concatenate([block.at for block in self.blocks])
        order = np.lexsort((at, who))
        self.who, self.at = who[order], at[order]
        # what the orders up to each one are worth as of the history's end: older ones count half after each half-life
        self.worth_so_far = np.append(0, np.cumsum(self.order_value[self.who] * 0.5 ** ((self.settings.end - self.at) / HALFLIFE)))
        self._span = int(self.settings.end) + 400 * DAY
        self._times = self.who * self._span + self.at

    def _block(self, number: int) -> Block:
        people = make_people(self.settings, self.world, number)
        rates = weekly_rates(self.settings, self.world, people)
        who, at = organic_orders(self.settings, self.world, people, rates, number)
        return Block(people, who, at, marketing.make_actions(self.settings, people, self.world, number))

    def orders_between(self, who: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Orders of each person from begin (seconds) until before end."""
        low, high = (np.searchsorted(self._times, who * self._span + moment) for moment in (begin, end))
        return high - low

    def past_worth(self, who: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Worth of each person's orders before a time."""
        low, high = np.searchsorted(self._times, who * self._span), np.searchsorted(self._times, who * self._span + at)
        return (self.worth_so_far[high] - self.worth_so_far[low]) * 2.0 ** ((self.settings.end - at) / HALFLIFE)

    def tiers(self, worth: np.ndarray) -> np.ndarray:
        """Value tiers as positions in SEGMENTS."""
        limits = np.quantile(worth[worth > 0], LEAST_SHARE) if (worth > 0).any() else (1, 1)
        return np.where(worth > 0, 1 + np.searchsorted(limits, worth, "right"), 0)

    def logged(self, action: str) -> dict[str, np.ndarray]:
        """The shop's own log of an action: person, time, group, what it does, and the orders around it."""
        parts = []
        for number, block in enumerate(self.blocks):
            rows = np.flatnonzero((block.log.action == marketing.ACTIONS.index(action)) & (block.log.at < self.settings.end - 31 * DAY))
            parts.append((block.log.who[rows] + number * BLOCK_CUSTOMERS, block.log.at[rows], block.log.treated[rows],
                          block.log.chance[rows], block.log.skip[rows]))  # fmt: skip
        who, at, treated, chance, skip = (np.concatenate(values) for values in zip(*parts, strict=True))
        anyway = self.orders_between(who, at, at + marketing.QUIET)
        worth = self.past_worth(who, at)
        return {
            "who": who, "at": at, "treated": treated, "chance": chance, "skip": skip, "anyway": anyway,
            "before": self.orders_between(who, at - BEFORE, at), "worth": worth, "tier": self.tiers(worth),
            "effect": chance - skip * anyway,
        }  # fmt: skip

    def answers(self, at: int, follows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(chance of an order more, share put off), people x ACTIONS, and the orders that come anyway within 30 days.

        follows     who was treated by the interfering action within 30 days before
        """
        parts = []
        for number, block in enumerate(self.blocks):
            count = len(block.people)
            who = np.repeat(np.arange(count), len(ACTIONS))
            action = np.tile(CODES, count)
            chance, skip = marketing.individual_effects(
                self.settings, block.people, self.world, who, np.full(len(who), at), action, np.zeros(len(who), bool), number
            )
            parts.append((chance.reshape(count, -1), skip.reshape(count, -1)))
        chance, skip = (np.concatenate(values) for values in zip(*parts, strict=True))
        rates = self.settings.rates["actions"]
        chance[follows, ACTIONS.index(rates["interfered"])] *= 1 - rates["interference"]
        everybody = np.arange(self.customers)
        return chance, skip, self.orders_between(everybody, np.full(self.customers, at), np.full(self.customers, at + marketing.QUIET))


@dataclass
class Round:
    """A month of a shop: what each action would earn of each person, and what can be known of the person before."""

    tier: np.ndarray
    before: np.ndarray
    worth: np.ndarray
    chance: np.ndarray
    skip: np.ndarray
    anyway: np.ndarray
    net: np.ndarray  # people x (ACTIONS, nothing): expected value less cost

    def best_by_tier(self) -> np.ndarray:
        """The oracle: position in (ACTIONS, nothing) for each person, the best of their tier."""
        means = np.array([self.net[self.tier == tier].mean(axis=0) if (self.tier == tier).any() else 0 * self.net[0]
                          for tier in range(len(SEGMENTS))])  # fmt: skip
        return means.argmax(axis=1)[self.tier]

    def earned(self, choice: np.ndarray) -> float:
        """What a choice earns of all."""
        return float(self.net[np.arange(len(choice)), choice].sum())


def month(shop: Shop, at: int, follows: np.ndarray) -> Round:
    """The month that begins at a time."""
    chance, skip, anyway = shop.answers(at, follows)
    everybody, moment = np.arange(shop.customers), np.full(shop.customers, at)
    worth = shop.past_worth(everybody, moment)
    net = (chance - skip * anyway[:, None]) * shop.order_value[:, None] - np.array(list(COSTS.values()))
    return Round(
        tier=shop.tiers(worth), before=shop.orders_between(everybody, moment - BEFORE, moment), worth=worth,
        chance=chance, skip=skip, anyway=anyway, net=np.column_stack([net, np.zeros(shop.customers)]),
    )  # fmt: skip


def simple_rules(now: Round) -> dict[str, float]:
    """What rules earn that need no measuring: the offer for everybody, the offer for the likeliest half, nothing."""
    nothing, offer = len(ACTIONS), ACTIONS.index("win_back_offer")
    everybody = np.full(len(now.tier), offer)
    likeliest = np.where(now.before >= max(np.median(now.before[now.worth > 0]), 1), offer, nothing)
    return {"everyone_discount": now.earned(everybody), "highest_propensity": now.earned(likeliest), "nothing": 0.0}


def main() -> None:
    """What is planted in each shop."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench.action_truth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104, 105])
    parser.add_argument("--presets", nargs="+", default=["effects", "hard+effects"])
    parser.add_argument("--customers", type=int, default=20_000)
    options = parser.parse_args()
    for preset in options.presets:
        for seed in options.seeds:
            shop = Shop(preset, seed, options.customers)
            now = month(shop, shop.settings.end - 40 * DAY, np.zeros(options.customers, bool))
            best = now.best_by_tier()
            print(f"{preset} {seed}: oracle by tier {now.earned(best):,.0f}, by person {now.net.max(axis=1).sum():,.0f}; "
                  + ", ".join(f"{name} {earned:,.0f}" for name, earned in simple_rules(now).items()))  # fmt: skip
            for tier, name in enumerate(SEGMENTS):
                rows = now.tier == tier
                worths = ", ".join(f"{action} {value:.2f}" for action, value in zip(ACTIONS, now.net[rows].mean(axis=0), strict=False))
                print(f"    {name} ({rows.sum()}): {worths}", flush=True)


if __name__ == "__main__":
    main()
