"""Points, consents, subscriptions, referrals, enrichments, erasure requests."""

from __future__ import annotations

import numpy as np

from . import vocabulary as vocab
from .accounts import ACCOUNT_STRIDE, Accounts
from .frame import MISSING, Cents, Frame, Ids, constant, days, seconds, words
from .orders import COMPLETED, Orders, order_stride
from .people import People
from .settings import BLOCK_CUSTOMERS, DAY, Settings

PURPOSES = [
    "marketing",
    "personalisation",
    "analytics",
    "social_data",
    "external_data",
    "third_party",
]
PLANS = [("free", 0, 0), ("plus", 1, 1500), ("premium", 2, 3900)]


def member_frames(
    settings: Settings, people: People, accounts: Accounts, orders: Orders, block: int
) -> dict[str, Frame]:
    """All raw tables of this module for one block."""
    return {
        "points_ledger": _points(settings, accounts, orders, block),
        "consents": _consents(settings, people, accounts, block),
        "subscriptions": _subscriptions(settings, accounts, block),
        "referrals": _referrals(settings, people, accounts, block),
        "enrichments": _enrichments(settings, people, accounts, block),
        "erasure_requests": _erasures(settings, people, accounts, block),
    }


def _nightly(at: np.ndarray, second: int) -> np.ndarray:
    return seconds((at // DAY + 1) * DAY + second)


def _points(settings: Settings, accounts: Accounts, orders: Orders, block: int) -> Frame:
    """One point per 10 yuan of a member's order; some redeemed, expired or adjusted."""
    rng = settings.stream(block, "points")
    earning = np.flatnonzero(
        (orders.account >= 0) & (orders.status == COMPLETED) & (orders.net > 1000)
    )
    earning = earning[np.isin(orders.channel[earning], [1, 2, 3])]
    points = (orders.net * orders.fx).astype(np.int64)[earning] // 1000
    redeem = rng.random(len(earning)) < settings.rates["members"]["points_redeem"]
    expire, adjust = rng.random(len(earning)) < 0.03, rng.random(len(earning)) < 0.01
    kinds = [np.ones(len(earning), bool), redeem, expire, adjust]
    sign = [1, -1, -1, 1]
    lag = [1, 20 * DAY, 200 * DAY, 5 * DAY]
    row = np.concatenate([earning[k] for k in kinds])
    kind = np.repeat(np.arange(4), [k.sum() for k in kinds])
    amount = np.concatenate(
        [np.maximum(points[k] // (1 if i == 0 else 2), 1) * sign[i] for i, k in enumerate(kinds)]
    )
    at = (
        orders.seen_end()[row]
        + np.array(lag)[kind]
        + (kind > 0) * rng.integers(0, 30 * DAY, len(row))
    )
    keep = at < settings.end
    number = block * order_stride(settings) * 2 + 1 + np.arange(len(row))
    return Frame(
        {
            "entry_id": Ids("J", number),
            **accounts.names(orders.account[row]),
            "points": amount,
            "entry_type": words(["earn", "redeem", "expire", "adjust"], kind),
            "occurred_at": seconds(at),
            "order_id": orders.ids(np.where(kind == 0, row, -1)),
            "_loaded_at": _nightly(at, 7_700),
        }
    ).take(keep)


def _consents(settings: Settings, people: People, accounts: Accounts, block: int) -> Frame:
    """Asked at registration, not every purpose of everybody; some withdraw later."""
    rng = settings.stream(block, "consents")
    rates = settings.rates["members"]
    count = len(accounts)
    asked = np.flatnonzero(np.isin(accounts.system, [0, 1, 2]) | (rng.random(count) < 0.4))
    share = [
        rates["marketing_consent"],
        rates["personalisation_consent"],
        1 - rates["analytics_withdrawn"],
        rates["social_data_consent"],
        rates["external_data_consent"],
        rates["third_party_consent"],
    ]
    chance_asked = [0.9, 0.75, 0.12, 0.2, 0.2, 0.15]
    rows, purposes, granted, times = [], [], [], []
    mood = rng.random(len(people))  # a person answers alike everywhere
    for purpose, (yes, chance) in enumerate(zip(share, chance_asked, strict=True)):
        told = asked[rng.random(len(asked)) < chance]
        own = 0.7 * mood[accounts.person[told]] + 0.3 * rng.random(len(told))
        says = own < yes * 0.95
        says = says | (purpose == 2) & (rng.random(len(told)) < 0.7)
        rows.append(told)
        purposes.append(np.full(len(told), purpose))
        granted.append(says)
        times.append(accounts.registered_at[told] + 30 + purpose)
        back = told[says & (rng.random(len(told)) < rates["consent_withdrawn"])]
        gap = settings.end - accounts.registered_at[back] - 120
        rows.append(back)
        purposes.append(np.full(len(back), purpose))
        granted.append(np.zeros(len(back), bool))
        times.append(
            accounts.registered_at[back]
            + 60
            + (rng.random(len(back)) * np.maximum(gap, 1)).astype(np.int64)
        )
    row, purpose, yes, at = (np.concatenate(parts) for parts in (rows, purposes, granted, times))
    keep = at < settings.end
    return Frame(
        {
            **accounts.names(row),
            "purpose": words(PURPOSES, purpose),
            "granted": yes,
            "changed_at": seconds(at),
            "channel": words(
                ["web", "app", "mini_program", "store", "phone"], accounts.system[row]
            ),
            "_loaded_at": seconds(np.maximum((at // DAY + 1) * DAY, settings.start) + 7_800),
        }
    ).take(keep)


def _subscriptions(settings: Settings, accounts: Accounts, block: int) -> Frame:
    """Free first; some move to a paid plan, some leave."""
    rng = settings.stream(block, "subscriptions")
    share = settings.rates["members"]["subscription_share"]
    some = np.flatnonzero(np.isin(accounts.system, [1, 2]) & (rng.random(len(accounts)) < share))
    begin = np.maximum(accounts.registered_at[some], settings.start) + rng.integers(
        60, 20 * DAY, len(some)
    )
    rows, plans, starts, ends, reasons = [], [], [], [], []
    current, at = some, begin
    for plan in range(3):
        stays = rng.random(len(current)) < [0.55, 0.6, 1.0][plan]
        length = rng.integers(30, 400, len(current)) * DAY
        quits = stays & (rng.random(len(current)) < 0.3)
        over = ~stays | quits
        end = np.where(over & (at + length < settings.end), at + length, MISSING)
        rows.append(current)
        plans.append(np.full(len(current), plan))
        starts.append(at)
        ends.append(end)
        reasons.append(np.where(end == MISSING, -1, np.where(quits, 1 + (current % 2), 0)))
        moves = ~stays & (end != MISSING)
        current, at = current[moves], (at + length)[moves]
    row, plan, start, end, reason = (
        np.concatenate(p) for p in (rows, plans, starts, ends, reasons)
    )
    keep = start < settings.end
    last = np.where(end == MISSING, start, end)
    return Frame(
        {
            "subscription_id": Ids("U", block * ACCOUNT_STRIDE + 1 + np.arange(len(row))),
            **accounts.names(row),
            "plan": words([p[0] for p in PLANS], plan),
            "started_at": seconds(start),
            "plan_rank": plan,
            "is_paid": plan > 0,
            "price": Cents(np.array([p[2] for p in PLANS])[plan]),
            "currency": constant("CNY", len(row)),
            "billing_period": words(["month", "year"], np.where(plan > 0, row % 2, 0)),
            "ended_at": seconds(end),
            "end_reason": words(["changed_plan", "too_expensive", "not_used"], reason),
            "_loaded_at": _nightly(last, 7_900),
        }
    ).take(keep)


def _referrals(settings: Settings, people: People, accounts: Accounts, block: int) -> Frame:
    """Members bring friends: the referred account is younger than the referrer's."""
    rng = settings.stream(block, "referrals")
    count = len(accounts)
    wanted = int(len(people) * settings.rates["members"]["referral_share"])
    if count < 2:
        wanted = 0
    # a few people bring most of the friends, in the system where they are members themselves
    eager = np.exp(2 * people.patience[accounts.person]) if count else np.ones(0)
    new = rng.permutation(count)[:wanted]
    old = np.full(len(new), -1)
    for system in range(5):
        rows = np.flatnonzero(accounts.system[new] == system)
        pool = np.flatnonzero(accounts.system == system)
        if not len(rows):
            continue
        for _ in range(8):  # until someone was a member before
            drawn = rng.choice(pool, len(rows), p=eager[pool] / eager[pool].sum())
            older = accounts.registered_at[drawn] < accounts.registered_at[new[rows]]
            stranger = accounts.person[drawn] != accounts.person[new[rows]]
            old[rows] = np.where((old[rows] < 0) & older & stranger, drawn, old[rows])
    at = accounts.registered_at[new]
    fits = (old >= 0) & (at >= settings.start)
    old, new, at = old[fits], new[fits], at[fits]
    return Frame(
        {
            "referral_id": Ids("F", block * BLOCK_CUSTOMERS + 1 + np.arange(len(old))),
            "source_system": accounts.names(old)["source_system"],
            "referrer_account_id": accounts.names(old)["account_id"],
            "referred_account_id": accounts.names(new)["account_id"],
            "referred_at": seconds(at),
            "_loaded_at": _nightly(at, 8_100),
        }
    )


def _enrichments(settings: Settings, people: People, accounts: Accounts, block: int) -> Frame:
    """Facts from others about some accounts."""
    rng = settings.stream(block, "enrichments")
    some = np.flatnonzero(rng.random(len(accounts)) < settings.rates["members"]["enrichment_share"])
    at = np.maximum(accounts.registered_at[some], settings.start)
    at = at + (rng.random(len(some)) * np.maximum(settings.end - at, 1)).astype(np.int64)
    kind = rng.integers(0, 3, len(some))
    followers = np.exp(rng.normal(4.5, 1.6, len(some))).astype(int)
    interest = [row[0].lower() for row in vocab.CATEGORIES]
    liked = people.category[accounts.person[some], 0]
    value = (
        np.array(
            [
                [str(f), interest[c], "has_children" if c == 6 else "no_children"][k]
                for f, c, k in zip(followers, liked, kind, strict=True)
            ],
            dtype=object,
        )
        if len(some)
        else np.empty(0, object)
    )
    return Frame(
        {
            "enrichment_id": Ids("B", block * ACCOUNT_STRIDE + 1 + np.arange(len(some))),
            **accounts.names(some),
            "provider": words(["social_panel", "data_partner"], (kind == 2).astype(int)),
            "attribute": words(["follower_count", "interest", "household_type"], kind),
            "value": value,
            "obtained_at": seconds(at),
            "legal_basis": words(
                ["consent", "contract"], (rng.random(len(some)) < 0.1).astype(int)
            ),
            "valid_until": days(np.where(rng.random(len(some)) < 0.7, at // DAY + 365, MISSING)),
            "_loaded_at": _nightly(at, 8_200),
        }
    )


def _erasures(settings: Settings, people: People, accounts: Accounts, block: int) -> Frame:
    """A few people ask to be forgotten, each through one of their accounts."""
    rng = settings.stream(block, "erasures")
    wanted = max(1, round(len(people) * settings.rates["members"]["erasure_share"]))
    some = rng.permutation(np.flatnonzero(accounts.registered_at < settings.end - 40 * DAY))[
        :wanted
    ]
    begin = np.maximum(accounts.registered_at[some], settings.start)
    at = begin + (rng.uniform(0.5, 1, len(some)) * (settings.end - DAY - begin)).astype(np.int64)
    return Frame(
        {
            "request_id": Ids("X", block * BLOCK_CUSTOMERS + 1 + np.arange(len(some))),
            **accounts.names(some),
            "requested_at": seconds(at),
            "_loaded_at": _nightly(at, 8_300),
        }
    )
