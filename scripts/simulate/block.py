"""One block of people with everything they did: raw tables, truth, dirt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import after_sales, dirt, feedback, marketing, members, shops, web
from . import vocabulary as vocab
from .accounts import make_accounts
from .frame import MISSING, Frame, concat, days, seconds, words
from .orders import ACTION, ORGANIC, TOUCH, make_orders, order_frames, order_shares
from .people import People, make_people
from .purchases import hazard_day, order_hazards, organic_orders, weekly_rates
from .settings import DAY, Settings
from .world import World

TRUTH_PER_BLOCK = (
    "persons",
    "order_hazards",
    "accounts",
    "devices",
    "guest_orders",
    "order_quirks",
    "order_causes",
    "action_effects",
    "decoy_touches",
    "session_causes",
    "score_causes",
    "planted_rows",
)


@dataclass
class Block:
    """Frames by table, the planted dirt by table, and the truth."""

    frames: dict[str, Frame]
    spoiled: dict[str, dirt.Spoiled]
    truth: dict[str, Frame]


def make_block(
    settings: Settings, world: World, contract: dict[str, Any], block: int, render: dirt.Render
) -> Block:
    """Simulate one block; block 0 carries the tables that belong to no customer."""
    people = make_people(settings, world, block)
    accounts, frames, truth = make_accounts(settings, people, block)
    rates = weekly_rates(settings, world, people)
    who, at = organic_orders(settings, world, people, rates, block)
    actions = marketing.make_actions(settings, people, world, block)
    # the clock of a person who is put off runs on: only the orders stay away
    wanted_who, wanted_at = who, at
    coming = marketing.coming_orders(actions, who, at)
    away = marketing.stays_away(settings, actions, who, at, block)
    who, at = who[~away], at[~away]
    if block == 0:  # the newest order lies on the last day, whatever the size
        who, at = np.append(who, 0), np.append(at, settings.end - 4 * 3600)
    sent = marketing.campaign_touches(settings, world, people, block)
    touch_who, touch_at, touch, in_store = marketing.caused_by_touches(
        settings, people, sent, block
    )
    action_who, action_at, action = marketing.caused_by_actions(settings, actions, block)
    total = [len(who), len(touch_who), len(action_who)]
    orders, lines = make_orders(
        settings,
        world,
        people,
        accounts,
        block,
        who=np.concatenate([who, touch_who, action_who]),
        at=np.concatenate([at, touch_at, action_at]),
        cause=np.repeat([ORGANIC, TOUCH, ACTION], total),
        cause_row=np.concatenate([np.full(len(who), -1), touch, action]),
        wanted_store=np.concatenate(
            [np.zeros(len(who), bool), in_store, np.zeros(len(action_who), bool)]
        ),
    )
    extra = marketing.chances(settings, people, sent, actions)
    hazards = order_hazards(settings, people, rates, wanted_who, wanted_at, extra, block)
    shares, guest_share = order_shares(settings, people, accounts, hazard_day(settings))
    truth["accounts"].columns["order_share"] = np.round(shares, 6)
    redeemed, campaign, coupon = marketing.redemptions(settings, sent, orders)
    touches = marketing.joined([sent, marketing.decoys(settings, world, orders, block), redeemed])
    returns, refunded, hassle = after_sales.make_returns(settings, people, orders, lines, block)
    visits, waits = shops.visit_frames(settings, world, people, accounts, orders, block)
    sessions = web.make_sessions(settings, people, orders, block)
    voices = feedback.Feedback(
        settings, world, people, accounts, orders, lines, waits, hassle, block
    )
    made = [
        order_frames(settings, world, people, accounts, orders, lines, campaign, coupon, block),
        marketing.touch_frames(settings, world, people, accounts, touches, orders, block),
        marketing.action_frames(settings, accounts, actions, orders, coming, block),
        web.event_frames(settings, world, people, accounts, orders, sessions, block),
        voices.frames(),
        (after_sales.make_payments(settings, orders, refunded, block), {}),
        (members.member_frames(settings, people, accounts, orders, block), {}),
        (returns, {}),
        (visits, {}),
        (world.frames if block == 0 else {}, {}),
    ]
    causes = []
    for tables, facts in made:
        frames |= tables
        if "order_causes" in facts:
            causes.append(facts.pop("order_causes"))
        truth |= facts
    truth["order_causes"] = concat(causes)
    truth["persons"] = _persons(settings, people, rates)
    day = np.full(len(people), hazard_day(settings) // DAY)
    truth["order_hazards"] = Frame(
        {
            "person_id": people.number + 1,
            "as_of": days(day),
            "guest_share": np.round(guest_share, 6),
            **hazards,
        }
    )
    spoiled = _spoil(settings, contract, frames, block, render)
    planted = [row for name in contract if name in spoiled for row in spoiled[name].planted]
    columns = list(zip(*planted, strict=True)) if planted else [()] * 5
    names = ["table_name", "record_key", "kind", "column_name", "expected"]
    truth["planted_rows"] = Frame(
        {n: np.array(list(c), dtype=object) for n, c in zip(names, columns, strict=True)}
    )
    return Block(frames, spoiled, truth)


def _spoil(
    settings: Settings,
    contract: dict[str, Any],
    frames: dict[str, Frame],
    block: int,
    render: dirt.Render,
) -> dict[str, dirt.Spoiled]:
    if settings.is_clean:
        return {}
    tables = {name: dirt.Table(name, contract[name], frame) for name, frame in frames.items()}
    spoiled = {
        name: dirt.Planter(settings, tables[name], frame, block, render).plant()
        for name, frame in frames.items()
    }
    if frames["order_items"].rows:
        pattern = render("order_items", frames["order_items"].take(np.array([0])))[0]
        dirt.lines_of_rejected_orders(
            spoiled["orders"],
            tables["orders"],
            spoiled["order_items"],
            tables["order_items"],
            pattern,
        )
    return spoiled


def _persons(settings: Settings, people: People, rates: np.ndarray) -> Frame:
    """The true person: habits, preferences, and what is to be expected of the next year."""
    future = rates[:, settings.weeks :].sum(axis=1)
    future = np.where(people.left_after_bad_order, 0, future)
    left = people.lapse_at < settings.end
    category = [row[0] for row in vocab.CATEGORIES]
    cause = np.where(people.left_after_bad_order, 0, np.where(left, 1, -1))
    return Frame(
        {
            "person_id": people.number + 1,
            "segment": words(list(settings.rates["segments"]), people.segment),
            "is_buyer": people.is_buyer,
            "household_id": np.where(
                people.household >= 0, people.number[0] + 1 + people.household, MISSING
            ),
            "shares_phone": people.shares_phone,
            "acquired_at": seconds(people.acquired_at // DAY * DAY),
            "lapsed_at": seconds(np.where(left, people.lapse_at // DAY * DAY, MISSING)),
            "lapse_cause": words(["bad_delivery", "moved_on"], cause),
            "break_from": seconds(
                np.where(people.break_from == MISSING, MISSING, people.break_from // DAY * DAY)
            ),
            "break_to": seconds(
                np.where(people.break_to == MISSING, MISSING, people.break_to // DAY * DAY)
            ),
            "changed_at": seconds(
                np.where(people.change_at == MISSING, MISSING, people.change_at // DAY * DAY)
            ),
            "expected_orders_history": np.round(rates[:, : settings.weeks].sum(axis=1), 3),
            "expected_orders_next_year": np.round(future, 3),
            "favourite_category": words(category, people.category[:, 0]),
            "later_category": words(
                category, np.where(people.change_at == MISSING, -1, people.category[:, 1])
            ),
            "favourite_brand": words([row[0] for row in vocab.BRANDS], people.brand),
            "favourite_channel": words(vocab.CHANNELS, people.channel_weights.argmax(axis=1)),
            "favourite_daypart": words(vocab.DAYPARTS, people.daypart),
            "patience": np.round(people.patience, 2),
        }
    )
