"""Campaign touches and actions: which cause an order, and which only come along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .accounts import Accounts
from .frame import MISSING, Cents, Frame, Ids, constant, seconds, words
from .orders import CANCELLED, STORE, TOUCH, Orders, device_words
from .people import People, segment_table
from .settings import BLOCK_CUSTOMERS, DAY, Settings
from .world import CAMPAIGN_CHANNELS, World, day_index

TYPES = ["impression", "click", "send", "open", "coupon_issued", "coupon_redeemed", "participation"]
IMPRESSION, CLICK, SEND, OPEN, ISSUED, REDEEMED, PARTICIPATION = range(7)
DISPLAY, SEARCH = CAMPAIGN_CHANNELS.index("display_ad"), CAMPAIGN_CHANNELS.index("search_ad")
OWNED = 4  # channels before this one reach accounts; the next ones reach devices
ACTIONS = [
    "win_back_offer",
    "thank_you_gift",
    "cross_sell_email",
    "replenishment_reminder",
    "birthday_greeting",
    "service_call",
]
ACTION_CHANNELS = ["sms", "wechat", "email", "app_push", "email", "phone"]


@dataclass
class Touches:
    """Arrays by touch."""

    who: np.ndarray
    at: np.ndarray
    channel: np.ndarray
    kind: np.ndarray
    campaign: np.ndarray  # position in the campaigns, -1 none
    creative: np.ndarray
    is_decoy: np.ndarray
    caused: np.ndarray  # an order was caused by it


QUIET = 30 * DAY  # so long after a message that puts off, orders that were coming may stay away


@dataclass
class Actions:
    """Arrays by row of the action log."""

    who: np.ndarray
    at: np.ndarray
    action: np.ndarray
    treated: np.ndarray
    chance: np.ndarray  # of one order more, if treated
    skip: np.ndarray  # chance of each coming order to stay away for QUIET, if treated


def campaign_touches(settings: Settings, world: World, people: People, block: int) -> Touches:
    """What the shop sends or shows, without looking at who is about to buy."""
    rng = settings.stream(block, "touches")
    wanted = settings.rates["volume"]["touches_per_customer"] * settings.months / 30
    # a send leads to about 1.5 rows (opens, clicks, coupons)
    contacts = rng.poisson(wanted / 1.75, len(people))
    who = np.repeat(np.arange(len(people)), contacts)
    campaign = rng.integers(0, len(world.campaign_channel), len(who))
    channel = world.campaign_channel[campaign]
    begin = world.campaign_start[campaign] * DAY
    at = begin + (rng.random(len(who)) * world.campaign_days[campaign] * DAY).astype(np.int64)
    # sends go out at ten, ads are seen at any hour
    at = np.where(
        channel < OWNED, at // DAY * DAY + 10 * 3600 + rng.integers(0, 1800, len(who)), at
    )
    fits = (at >= people.acquired_at[who]) & (at >= settings.start) & (at < settings.end)
    who, campaign, channel, at = who[fits], campaign[fits], channel[fits], at[fits]
    first = np.select(
        [channel < OWNED, channel == 8, channel == 9], [SEND, SEND, PARTICIPATION], IMPRESSION
    )
    draw = rng.random(len(who))
    answer = np.select([channel < OWNED, channel == 8, channel == 9], [OPEN, ISSUED, -1], CLICK)
    chance = np.array([0.30, 0.0, 0.35, 0.45, 0.55, 0.25, 0.35, 0.5, 0.6, 0.0])[channel]
    answer = np.where(draw < chance, answer, -1)
    answered = np.flatnonzero(answer >= 0)
    coupons = np.flatnonzero((channel < OWNED) & (rng.random(len(who)) < 0.10))
    pick = np.concatenate([np.arange(len(who)), answered, coupons])
    kind = np.concatenate([first, answer[answered], np.full(len(coupons), ISSUED)])
    later = np.concatenate(
        [
            np.zeros(len(who), np.int64),
            rng.integers(60, 20 * 3600, len(answered)),
            rng.integers(1, 60, len(coupons)),
        ]
    )
    at = np.minimum(at[pick] + later, settings.end - 60)
    return Touches(
        who=who[pick],
        at=at,
        channel=channel[pick],
        kind=kind,
        campaign=campaign[pick],
        creative=campaign[pick] * 2 + rng.integers(0, 2, len(pick)),
        is_decoy=np.zeros(len(pick), bool),
        caused=np.zeros(len(pick), bool),
    )


def uplift_of(settings: Settings, channel: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """True chance that such a touch causes one extra order."""
    rates = settings.rates["uplift"]
    result = np.zeros(len(channel))
    for code, name in enumerate(CAMPAIGN_CHANNELS):
        for type_code, word in enumerate(TYPES):
            result[(channel == code) & (kind == type_code)] = rates.get(f"{name}_{word}", 0.0)
    result[kind == ISSUED] = rates["coupon_issued"]
    return result


def caused_by_touches(
    settings: Settings, people: People, touches: Touches, block: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(person, time, touch, in a store) of the extra orders; only living buyers can be moved."""
    rng = settings.stream(block, "touch effects")
    chance = uplift_of(settings, touches.channel, touches.kind)
    can = people.is_buyer[touches.who] & (touches.at < people.lapse_at[touches.who])
    rows = np.flatnonzero((rng.random(len(chance)) < chance) & can)
    at = touches.at[rows] + rng.integers(600, 3 * DAY, len(rows))
    fits = at < settings.end - 4 * 3600
    return (
        touches.who[rows][fits],
        at[fits],
        rows[fits],
        (touches.kind[rows] == PARTICIPATION)[fits],
    )


def make_actions(settings: Settings, people: People, world: World, block: int) -> Actions:
    """Recommended actions of the last nine months, with a random holdout and the effect on each person."""
    rng = settings.stream(block, "actions")
    rates = settings.rates["actions"]
    most = rates["most"] + 1
    count = np.where(rng.random(len(people)) < rates["share"], rng.integers(1, most, len(people)), 0)
    who = np.repeat(np.arange(len(people)), count)
    reach = min(270 * DAY, settings.end - settings.start)
    at = settings.end - DAY - rng.integers(0, max(reach - DAY, 1), len(who))
    known = at > people.acquired_at[who]
    who, at = who[known], at[known]
    treated = rng.random(len(who)) < rates["treated_share"]
    action = rng.integers(0, len(ACTIONS), len(who))
    treated = _unlucky(settings, people, who, action, treated, block)
    chance, skip = individual_effects(settings, people, world, who, at, action, treated, block)
    return Actions(who, at, action, treated, chance, skip)


def _unlucky(
    settings: Settings,
    people: People,
    who: np.ndarray,
    action: np.ndarray,
    treated: np.ndarray,
    block: int,
) -> np.ndarray:
    """One action's holdout is, of several drawn by lot, the one that holds the most eager customers."""
    rates = settings.rates["actions"]
    if rates["unlucky_draws"] <= 1:
        return treated
    rng = settings.stream(block, "unlucky holdout")
    rows = np.flatnonzero(action == ACTIONS.index(rates["unlucky_action"]))
    rate = segment_table(settings, "orders")[people.segment] * np.exp(people.log_rate)
    eager = (rate * people.is_buyer)[who[rows]]
    worst, most = treated[rows], -np.inf
    for _ in range(rates["unlucky_draws"]):
        drawn = rng.permutation(treated[rows])
        held = eager[~drawn].mean() if (~drawn).any() else -np.inf
        if held > most:
            worst, most = drawn, held
    result = treated.copy()
    result[rows] = worst
    return result


def individual_effects(
    settings: Settings,
    people: People,
    world: World,
    who: np.ndarray,
    at: np.ndarray,
    action: np.ndarray,
    treated: np.ndarray,
    block: int,
) -> tuple[np.ndarray, np.ndarray]:
    """By row of the log: chance of an order more, chance that an order stays away; both if treated."""
    rates = settings.rates["actions"]
    factors = np.array([settings.rates["action_segments"][name] for name in ACTIONS], float)
    factor = factors[action, people.segment[who]]
    chance = np.array([rates[name] for name in ACTIONS])[action] * np.maximum(factor, 0)
    if rates["season"]:
        chance = chance * world.season[day_index(settings, at)] ** rates["season"]
    if rates["spread"]:  # people differ, the mean stays
        rng = settings.stream(block, "individual effects")
        spread = rates["spread"]
        chance = chance * rng.gamma(1 / spread**2, spread**2, (len(people), len(ACTIONS)))[who, action]
    chance = chance * np.where(_follows(settings, who, at, action, treated), 1 - rates["interference"], 1)
    # below zero the factor is the share of coming orders that the message puts off
    return np.minimum(chance, 1) * people.is_buyer[who], np.clip(-factor * rates["put_off"], 0, 1)


def _follows(
    settings: Settings, who: np.ndarray, at: np.ndarray, action: np.ndarray, treated: np.ndarray
) -> np.ndarray:
    """Whether the same person was treated by the interfering action within QUIET before."""
    rates = settings.rates["actions"]
    result = np.zeros(len(who), bool)
    if not rates["interference"]:
        return result
    first, second = (ACTIONS.index(rates[name]) for name in ("interfering", "interfered"))
    before = np.flatnonzero((action == first) & treated)
    for row in np.flatnonzero(action == second):
        own = before[np.searchsorted(who[before], who[row]) : np.searchsorted(who[before], who[row], "right")]
        result[row] = bool(((at[own] < at[row]) & (at[own] >= at[row] - QUIET)).any())
    return result


def caused_by_actions(
    settings: Settings, actions: Actions, block: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(person, time, action row) of the extra orders of treated customers."""
    rng = settings.stream(block, "action effects")
    rows = np.flatnonzero((rng.random(len(actions.who)) < actions.chance) & actions.treated)
    at = actions.at[rows] + rng.integers(3600, 10 * DAY, len(rows))
    fits = at < settings.end - 4 * 3600
    return actions.who[rows][fits], at[fits], rows[fits]


def coming_orders(actions: Actions, who: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (row of the log, order) of orders that would come within QUIET of an action anyway."""
    order = np.lexsort((at, who))
    span = int(max(at.max(initial=0), actions.at.max(initial=0))) + QUIET + 1
    times = who[order].astype(np.int64) * span + at[order]
    moment = actions.who.astype(np.int64) * span + actions.at
    low, high = np.searchsorted(times, moment), np.searchsorted(times, moment + QUIET)
    row = np.repeat(np.arange(len(moment)), high - low)
    place = np.arange(len(row)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    return row, order[np.repeat(low, high - low) + place]


def stays_away(
    settings: Settings, actions: Actions, who: np.ndarray, at: np.ndarray, block: int
) -> np.ndarray:
    """Which of the orders that were coming do not take place, because an action put the person off."""
    away = np.zeros(len(who), bool)
    row, order = coming_orders(actions, who, at)
    drawn = settings.stream(block, "orders put off").random(len(row)) < actions.skip[row]
    away[order[drawn & actions.treated[row]]] = True
    return away


def chances(
    settings: Settings, people: People, touches: Touches, actions: Actions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(person, time, chance of an extra order) of all that may move somebody."""
    touch = uplift_of(settings, touches.channel, touches.kind)
    touch *= people.is_buyer[touches.who] & (touches.at < people.lapse_at[touches.who])
    action = actions.chance * actions.treated
    return (
        np.concatenate([touches.who, actions.who]),
        np.concatenate([touches.at, actions.at]),
        np.concatenate([touch, action]),
    )


def decoys(settings: Settings, world: World, orders: Orders, block: int) -> Touches:
    """Retargeting and brand-search clicks shortly before orders that were coming anyway."""
    rng = settings.stream(block, "decoys")
    rates = settings.rates["uplift"]
    online = np.flatnonzero(
        (orders.channel < STORE) & (orders.cause == 0) & (orders.status != CANCELLED)
    )
    parts = []
    for channel, rate in (
        (DISPLAY, rates["retargeting_before_order"]),
        (SEARCH, rates["brand_search_before_order"]),
    ):
        rows = online[rng.random(len(online)) < rate]
        at = orders.at[rows] - rng.integers(600, DAY, len(rows))
        rows, at = rows[at >= settings.start], at[at >= settings.start]
        parts.append((orders.who[rows], at, np.full(len(rows), channel)))
    who, at, channel = (np.concatenate(values) for values in zip(*parts, strict=True))
    campaign = _running_campaign(world, channel, at)
    return Touches(
        who=who,
        at=at,
        channel=channel,
        kind=np.full(len(who), CLICK),
        campaign=campaign,
        creative=np.where(campaign >= 0, campaign * 2, -1),
        is_decoy=np.ones(len(who), bool),
        caused=np.zeros(len(who), bool),
    )


def _running_campaign(world: World, channel: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The last campaign of the channel that began before the touch, or -1."""
    result = np.full(len(at), -1)
    for code in np.unique(channel):
        own = np.flatnonzero(world.campaign_channel == code)
        if not len(own):
            continue
        position = (
            np.searchsorted(world.campaign_start[own], at[channel == code] // DAY, "right") - 1
        )
        result[channel == code] = np.where(position >= 0, own[np.maximum(position, 0)], -1)
    return result


def redemptions(
    settings: Settings, touches: Touches, orders: Orders
) -> tuple[Touches, np.ndarray, np.ndarray]:
    """Coupons redeemed at caused orders, and each order's campaign and coupon number."""
    campaign = np.full(len(orders), -1)
    coupon = np.full(len(orders), MISSING)
    rows = np.flatnonzero(orders.cause == TOUCH)
    touch = orders.cause_row[rows]
    campaign[rows] = np.where(orders.number[rows] % 5 < 4, touches.campaign[touch], -1)
    used = rows[touches.kind[touch] == ISSUED]
    origin = orders.cause_row[used]
    coupon[used] = touches.campaign[origin] + 1
    # bargain coupons from the shop's home page, known to nobody else
    public = (orders.discount > 0) & (orders.number % 17 == 0) & (coupon == MISSING)
    coupon[public] = 900 + orders.number[public] % 7
    redeemed = Touches(
        who=orders.who[used],
        at=orders.at[used],
        channel=touches.channel[origin],
        kind=np.full(len(used), REDEEMED),
        campaign=touches.campaign[origin],
        creative=touches.creative[origin],
        is_decoy=np.zeros(len(used), bool),
        caused=np.zeros(len(used), bool),
    )
    return redeemed, campaign, coupon


def joined(parts: list[Touches]) -> Touches:
    """All touches in one; the campaign touches stay first, so that positions hold."""
    names = Touches.__dataclass_fields__
    return Touches(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in names})


def touch_frames(
    settings: Settings,
    world: World,
    people: People,
    accounts: Accounts,
    touches: Touches,
    orders: Orders,
    block: int,
) -> tuple[dict[str, Frame], dict[str, Frame]]:
    """The raw table campaign_touches, and which touch caused which order."""
    rng = settings.stream(block, "touch rows")
    count = len(touches.who)
    stride = int(BLOCK_CUSTOMERS * (settings.rates["volume"]["touches_per_customer"] * 4 + 40))
    number = block * stride + 1 + np.arange(count)
    account = accounts.any_at(touches.who, touches.at)
    owned = (touches.channel < OWNED) | (touches.channel >= 8)
    by_device = ~owned & ((account < 0) | (rng.random(count) < 0.6))
    account = np.where(by_device, -1, account)
    own = accounts.devices[touches.who]
    laptop = (own[:, 1] != MISSING) & (rng.random(count) < 0.3)
    device = np.where(~owned, np.where(laptop, own[:, 1], own[:, 0]), MISSING)
    store = np.where(touches.channel == 9, people.city[touches.who] % world.stores() + 1, MISSING)
    unit = np.array([0, 5, 0, 0, 120, 60, 80, 100, 150, 0])[touches.channel]
    paid = np.where(touches.kind == CLICK, unit, np.where(touches.kind == SEND, unit, 0))
    known = (account >= 0) | (device != MISSING)
    loaded = (touches.at // DAY + 1) * DAY + 10_800
    frame = Frame(
        {
            "touch_id": Ids("T", number),
            "occurred_at": seconds(touches.at),
            "channel": words(CAMPAIGN_CHANNELS, touches.channel),
            "touch_type": words(TYPES, touches.kind),
            "campaign_id": Ids("C", np.where(touches.campaign >= 0, touches.campaign + 1, MISSING)),
            "creative_id": Ids(
                "CR", np.where(touches.creative >= 0, touches.creative + 1, MISSING)
            ),
            **accounts.names(account),
            "device_id": device_words(device),
            "store_id": Ids("S", store),
            "cost": Cents(np.where(paid > 0, paid, MISSING)),
            "_loaded_at": seconds(loaded),
        }
    ).take(known)
    rows = np.flatnonzero(orders.cause == TOUCH)
    causes = Frame(
        {
            "order_id": orders.ids(rows),
            "cause": constant("touch", len(rows)),
            "cause_id": words(
                [f"T{n}" for n in number[orders.cause_row[rows]]], np.arange(len(rows))
            ),
        }
    )
    decoy = np.flatnonzero(touches.is_decoy & known)
    truth_decoys = Frame({"touch_id": Ids("T", number[decoy])})
    return {"campaign_touches": frame}, {"order_causes": causes, "decoy_touches": truth_decoys}


def action_frames(
    settings: Settings,
    accounts: Accounts,
    actions: Actions,
    orders: Orders,
    coming: tuple[np.ndarray, np.ndarray],
    block: int,
) -> tuple[dict[str, Frame], dict[str, Frame]]:
    """The raw table action_log, the orders that the actions caused, and what each row does to its person.

    coming      `coming_orders` of the orders that nobody had to cause
    """
    account = accounts.any_at(actions.who, actions.at)
    number = block * BLOCK_CUSTOMERS * 4 + 1 + np.arange(len(account))
    cost = np.array([800, 1500, 5, 3, 5, 600])[actions.action]
    offers = [f"{name}_{kind}" for name in ACTIONS for kind in ("a", "b")]
    frame = Frame(
        {
            "action_log_id": Ids("L", number),
            "action": words(ACTIONS, actions.action),
            **accounts.names(account),
            "acted_at": seconds(actions.at),
            "assigned_group": words(["holdout", "treated"], actions.treated.astype(int)),
            "channel": words(ACTION_CHANNELS, actions.action),
            "offer": words(offers, actions.action * 2 + number % 2),
            "cost": Cents(np.where(actions.treated, cost, 0)),
            # every action is as likely, and so is every person's holdout
            "selection_probability": constant(f"{1 / len(ACTIONS):.6f}", len(account)),
            "holdout_share": constant(f"{1 - settings.rates['actions']['treated_share']:.6g}", len(account)),
            "_loaded_at": seconds((actions.at // DAY + 1) * DAY + 9_000),
        }
    ).take(account >= 0)
    anyway = np.bincount(coming[0], minlength=len(account))
    effects = Frame(
        {
            "action_log_id": Ids("L", number),
            "person_id": actions.who + block * BLOCK_CUSTOMERS + 1,
            "action": words(ACTIONS, actions.action),
            "is_treated": actions.treated,
            "chance_of_one_more": np.round(actions.chance, 6),
            "share_put_off": np.round(actions.skip, 6),
            "orders_anyway": anyway,
            "effect": np.round(actions.chance - actions.skip * anyway, 6),
        }
    ).take(account >= 0)
    rows = np.flatnonzero(orders.cause == 2)
    ids = words([f"L{n}" for n in number[orders.cause_row[rows]]], np.arange(len(rows)))
    causes = Frame(
        {
            "order_id": orders.ids(rows),
            "cause": constant("action", len(rows)),
            "cause_id": ids,
        }
    )
    return {"action_log": frame}, {"order_causes": causes, "action_effects": effects}
