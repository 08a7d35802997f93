"""Visits to the shops: zones walked through, associates waited for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as vocab
from .accounts import Accounts
from .frame import MISSING, Frame, Ids, seconds, words
from .orders import STORE, Orders, device_words
from .people import People
from .purchases import hours
from .settings import BLOCK_CUSTOMERS, DAY, Settings
from .world import World

KINDS = ["greeting", "consultation", "fitting", "clienteling_message", "other"]


@dataclass
class Waits:
    """Seconds waited for an associate, per order (NaN = none)."""

    of_order: np.ndarray


def visit_frames(
    settings: Settings, world: World, people: People, accounts: Accounts, orders: Orders, block: int
) -> tuple[dict[str, Frame], Waits]:
    """Visits with and without a purchase; a long wait makes people leave without buying."""
    rng = settings.stream(block, "visits")
    wanted = settings.rates["volume"]["visits_per_customer"] * settings.months / 30 * len(people)
    in_store = np.flatnonzero(orders.channel == STORE)
    share = min(0.85, 0.55 * wanted / max(len(in_store), 1))
    bought = in_store[rng.random(len(in_store)) < share]
    idle = int(max(wanted - len(bought), 0))
    appetite = people.channel_weights[:, STORE] + 0.01
    strollers = rng.choice(len(people), idle, p=appetite / appetite.sum())
    begin = np.maximum(people.acquired_at[strollers], settings.start)
    day = (begin + rng.random(idle) * (settings.end - DAY - begin)).astype(np.int64) // DAY * DAY
    who = np.concatenate([orders.who[bought], strollers])
    order = np.concatenate([bought, np.full(idle, -1)])
    store = np.concatenate([orders.store[bought], people.city[strollers] % world.stores()])
    walk = rng.integers(300, 2400, len(who))
    at = np.concatenate(
        [orders.at[bought] - walk[: len(bought)], day + hours(rng, people, strollers)]
    )
    at = np.maximum(at, settings.start)
    leave = np.where(order >= 0, orders.at[order] if len(orders) else at, at + walk) + 120
    account = accounts.at(who, np.full(len(who), STORE), at)
    account = np.where(account >= 0, account, accounts.at(who, np.full(len(who), 1), at))
    account = np.where(rng.random(len(who)) < 0.65, account, -1)
    device = np.where(rng.random(len(who)) < 0.3, accounts.devices[who, 0], MISSING)
    count = len(who)
    stride = int(BLOCK_CUSTOMERS * (settings.rates["volume"]["visits_per_customer"] * 4 + 40))
    number = block * stride + 1 + np.arange(count)
    names = accounts.names(account)
    loaded = (at // DAY + 1) * DAY + 8_500
    visits = Frame(
        {
            "visit_id": Ids("K", number),
            "store_id": Ids("S", store + 1),
            "entered_at": seconds(at),
            "account_id": names["account_id"],
            "device_id": device_words(device),
            "exited_at": seconds(np.where(rng.random(count) < 0.95, leave, MISSING)),
            "source_system": names["source_system"],
            "_loaded_at": seconds(loaded),
        }
    )
    talks, waits = _talks(
        rng, orders, order, number, store, at, leave, account, accounts, stride, block
    )
    frames = {
        "store_visits": visits,
        "store_zone_visits": _zones(rng, people, who, order, number, at, leave, loaded),
        "associate_interactions": talks,
    }
    return frames, waits


def _zones(
    rng: np.random.Generator,
    people: People,
    who: np.ndarray,
    order: np.ndarray,
    number: np.ndarray,
    at: np.ndarray,
    leave: np.ndarray,
    loaded: np.ndarray,
) -> Frame:
    """Entrance, the favourite category's zone, and the checkout where something was bought."""
    favourite = np.array([2, 1, 1, 1, 1, 3, 4, 5])[people.category[who, 0]]
    chance = np.tile([0.9, 0.3, 0.2, 0.12, 0.1, 0.12, 0.05], (len(who), 1))
    chance[np.arange(len(who)), favourite] = 0.85
    chance[:, 6] = np.where(order >= 0, 0.97, 0.08)
    row, zone = np.nonzero(rng.random(chance.shape) < chance)
    step = (leave - at)[row] // (len(vocab.ZONES) + 1)
    entered = at[row] + step * zone + rng.integers(0, 20, len(row))
    return Frame(
        {
            "visit_id": Ids("K", number[row]),
            "zone": words(vocab.ZONES, zone),
            "entered_at": seconds(entered),
            "exited_at": seconds(entered + np.maximum(step, 10)),
            "_loaded_at": seconds(loaded[row]),
        }
    )


def _talks(
    rng: np.random.Generator,
    orders: Orders,
    order: np.ndarray,
    number: np.ndarray,
    store: np.ndarray,
    at: np.ndarray,
    leave: np.ndarray,
    account: np.ndarray,
    accounts: Accounts,
    stride: int,
    block: int,
) -> tuple[Frame, Waits]:
    rows = np.flatnonzero(
        (rng.random(len(order)) < 0.4) | ((order >= 0) & (rng.random(len(order)) < 0.3))
    )
    bought = order[rows] >= 0
    waited = rng.gamma(1.4, np.where(bought, 90, 170), len(rows)).astype(np.int64)
    kind = rng.choice(5, len(rows), p=[0.35, 0.4, 0.12, 0.08, 0.05])
    named = np.where(order[rows] >= 0, orders.associate[order[rows]] if len(orders) else -1, -1)
    person = np.where(named >= 0, named, store[rows] * 5 + rng.integers(0, 5, len(rows)))
    outcome = np.where(bought, 0, np.where(waited > 300, 1, 2))
    of_order = np.full(len(orders), np.nan)
    of_order[order[rows][bought]] = waited[bought]
    times = np.minimum(at[rows] + 60 + waited, np.maximum(leave[rows], at[rows]))
    frame = Frame(
        {
            "interaction_id": Ids("N", block * stride + 1 + np.arange(len(rows))),
            "associate_id": Ids("E", person + 1),
            "occurred_at": seconds(times),
            "interaction_type": words(KINDS, kind),
            **accounts.names(account[rows]),
            "store_id": Ids("S", store[rows] + 1),
            "visit_id": Ids("K", number[rows]),
            "waited_seconds": waited,
            "outcome": words(["purchase", "left_waiting", "no_purchase"], outcome),
            "_loaded_at": seconds((times // DAY + 1) * DAY + 8_600),
        }
    )
    return frame, Waits(of_order)
