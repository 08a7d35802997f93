"""Web and app sessions: browsing, purchases, failed attempts, preludes to shop visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as vocab
from .accounts import Accounts
from .frame import MISSING, Frame, Ids, seconds, words
from .orders import CANCELLED, STORE, Orders, device_words
from .people import People, pick_products, segment_table
from .purchases import hours
from .settings import BLOCK_CUSTOMERS, DAY, Settings
from .world import World

BROWSE, PURCHASE, FAILED, PRELUDE, SOCIAL, KIOSK = range(6)
VARIANTS = ["control", "one_page_checkout", "long_copy"]
CAUSES = ["none", "slow_page", "device_bug", "experiment_variant", "no_need"]
CANDIDATES = 4  # failed attempts drawn for each one kept
EVENTS_PER_SESSION = 4.6  # measured; keeps the volume near what was asked for

STEPS = [
    "page_view",
    "ad_click",
    "register",
    "login",
    "search",
    "product_view",
    "click",
    "product_view",
    "favourite",
    "share",
    "like",
    "comment",
    "follow",
    "subscribe",
    "feature_use",
    "add_to_cart",
    "remove_from_cart",
    "checkout_start",
    "payment_start",
    "purchase",
]
STEP = {name: position for position, name in enumerate(STEPS) if name != "product_view"}
# a visit opens its main product, and now and then that product's partner as well
FIRST_VIEW, SECOND_VIEW = (n for n, name in enumerate(STEPS) if name == "product_view")
CART, CHECKOUT, PAYMENT, BOUGHT = (
    STEP[n] for n in ("add_to_cart", "checkout_start", "payment_start", "purchase")
)
SOURCES = [
    (None, None, None),
    ("search_engine", "cpc", "https://search.example.com/"),
    ("search_engine", "organic", "https://search.example.com/"),
    ("wechat", "social", None),
    ("newsletter", "email", None),
    ("display_network", "display", "https://news.example.com/"),
    ("partner_blog", "affiliate", "https://blog.example.org/"),
]


@dataclass
class Sessions:
    """Arrays by session."""

    who: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    order: np.ndarray  # position, -1 none
    platform: np.ndarray  # position in vocab.PLATFORMS
    is_slow: np.ndarray
    has_old_app: np.ndarray
    has_image_error: np.ndarray
    variant: np.ndarray  # position in VARIANTS, -1 outside the experiment
    cause: np.ndarray  # position in CAUSES: why an attempt failed
    last_step: np.ndarray  # furthest of CART-1, CART, CHECKOUT, PAYMENT, BOUGHT

    def __len__(self) -> int:
        return len(self.who)


def make_sessions(settings: Settings, people: People, orders: Orders, block: int) -> Sessions:
    """Draw the mix of sessions asked for by rates.toml, up to the volume wanted."""
    rng = settings.stream(block, "sessions")
    rates = settings.rates["funnel"]
    target = settings.rates["volume"]["events_per_customer"] * settings.months / 30 * len(people)
    wanted = target / EVENTS_PER_SESSION
    good = orders.status != CANCELLED
    online = np.flatnonzero((orders.channel < STORE) & good)
    bought = online[
        rng.random(len(online)) < wanted * rates["purchase_sessions"] / max(len(online), 1)
    ]
    in_store = np.flatnonzero((orders.channel == STORE) & good)
    wanted_prelude = wanted * rates["store_prelude_sessions"] / max(len(in_store), 1)
    prelude = in_store[rng.random(len(in_store)) < wanted_prelude]
    failed_total = int(wanted * rates["failed_sessions"])
    browse_total = max(int(wanted) - len(bought) - len(prelude) - failed_total, 0)
    failed_total *= CANDIDATES  # most are dropped again below
    appetite = segment_table(settings, "browse")[people.segment] * rng.gamma(1.2, 1, len(people))
    share = appetite / appetite.sum()
    social_total, kiosk_total = int(browse_total * 0.08), int(browse_total * 0.03) + 1
    free = browse_total - social_total
    who = np.concatenate(
        [
            orders.who[bought],
            orders.who[prelude],
            rng.choice(len(people), failed_total + free + social_total + kiosk_total, p=share),
        ]
    )
    kind = np.repeat(
        [PURCHASE, PRELUDE, FAILED, BROWSE, SOCIAL, KIOSK],
        [len(bought), len(prelude), failed_total, free, social_total, kiosk_total],
    )
    order = np.concatenate([bought, prelude, np.full(len(who) - len(bought) - len(prelude), -1)])
    begin = np.maximum(people.acquired_at[who], settings.start)
    until = np.minimum(np.maximum(people.lapse_at[who], begin + 30 * DAY), settings.end - DAY)
    until = np.maximum(until, begin + 1)
    day = (begin + rng.random(len(who)) * (until - begin)).astype(np.int64) // DAY * DAY
    at = day + hours(rng, people, who)
    at = np.clip(at, settings.start, settings.end - 4 * 3600)
    at[: len(bought)] = orders.at[bought] - rng.integers(300, 1500, len(bought))
    ahead = rng.integers(2 * 3600, 6 * DAY, len(prelude))
    at[len(bought) : len(bought) + len(prelude)] = orders.at[prelude] - ahead
    channel = np.where(
        kind == PURCHASE, orders.channel[order], _favourite_channel(rng, people, who)
    )
    platform = np.select(
        [kind == KIOSK, kind == SOCIAL, channel == 0, channel == 1, channel == 2],
        [5, 4, 0, people.platform[who], 3],
        0,
    )
    variant = _variant(settings, people, who, at, platform)
    keep = (at >= settings.start) & (
        (kind != FAILED) | (rng.random(len(who)) < _failure_weight(rates, variant, platform))
    )
    part = (who, at, kind, order, platform, variant)
    who, at, kind, order, platform, variant = (values[keep] for values in part)
    causes = _circumstances(rng, settings, kind, platform, variant)
    return Sessions(who, at, kind, order, platform, **causes)


def _favourite_channel(rng: np.random.Generator, people: People, who: np.ndarray) -> np.ndarray:
    weights = people.channel_weights[who, :3] + 0.02
    cumulative = np.cumsum(weights, axis=1)
    return (cumulative < (rng.random(len(who)) * cumulative[:, -1])[:, None]).sum(axis=1)


def _variant(
    settings: Settings, people: People, who: np.ndarray, at: np.ndarray, platform: np.ndarray
) -> np.ndarray:
    """The experiment of the last nine months; a person keeps the variant.

    Loyal people see the long copy more often: a decoy, for the copy changes nothing.
    """
    in_test = (at >= settings.end - 270 * DAY) & np.isin(platform, [0, 1, 2, 3])
    loyal = np.isin(people.segment[who], [0, 2])
    stable = (people.number[who] * 2_654_435_761 % 2**32) / 2**32
    variant = np.where(loyal, np.digitize(stable, [0.25, 0.5]), np.digitize(stable, [0.4, 0.8]))
    return np.where(in_test, variant, -1)


def _failure_weight(rates: dict, variant: np.ndarray, platform: np.ndarray) -> np.ndarray:
    """Odds to fail by variant and platform, as a share of CANDIDATES: attempts kept."""
    odds = np.exp(np.array([0, rates["one_page_checkout"], rates["long_copy"], 0])[variant])
    buggy = 1 + rates["old_android_share"] * (np.exp(rates["device_bug"]) - 1)
    return np.minimum(odds * np.where(platform == 2, buggy, 1.0) / CANDIDATES, 1.0)


def _circumstances(
    rng: np.random.Generator,
    settings: Settings,
    kind: np.ndarray,
    platform: np.ndarray,
    variant: np.ndarray,
) -> dict[str, np.ndarray]:
    """Slow pages and the old app, drawn given the outcome, so that the odds are as planted.

    An attempt fails with logit = base + slow + bug + variant. Purchases and failures are drawn from
    the same circumstances, weighted by their chance of that outcome (Bayes): the first fitting one
    of 12 draws is kept.
    """
    rates = settings.rates["funnel"]
    count = len(kind)
    is_slow = rng.random(count) < rates["slow_page_share"]
    old_app = (platform == 2) & (rng.random(count) < rates["old_android_share"])
    attempt = np.isin(kind, [PURCHASE, FAILED])
    open_rows = np.flatnonzero(attempt)
    effect = np.zeros((count, 3))
    for _ in range(12):
        slow = rng.random(len(open_rows)) < rates["slow_page_share"]
        old = (platform[open_rows] == 2) & (rng.random(len(open_rows)) < rates["old_android_share"])
        is_slow[open_rows], old_app[open_rows] = slow, old
        effect[open_rows, 0] = rates["slow_page"] * slow
        effect[open_rows, 1] = rates["device_bug"] * old
        effect[open_rows, 2] = np.array([0, rates["one_page_checkout"], rates["long_copy"], 0])[
            variant[open_rows]
        ]
        base = np.log(rates["base_failure"] / (1 - rates["base_failure"]))
        fails = 1 / (1 + np.exp(-(base + effect[open_rows].sum(axis=1))))
        fits = np.where(kind[open_rows] == FAILED, fails, 1 - fails)
        open_rows = open_rows[rng.random(len(open_rows)) >= fits]
        if not len(open_rows):
            break
    share = np.exp(effect) - 1
    weight = np.column_stack([share, np.ones(count)])
    cumulative = np.cumsum(weight, axis=1)
    cause = (cumulative < (rng.random(count) * cumulative[:, -1])[:, None]).sum(axis=1) + 1
    cause = np.where(kind == FAILED, cause, 0)
    reached = np.array([CART - 1, CART - 1, PAYMENT, CHECKOUT, 0])[cause]
    reached = np.where(
        cause == 4, rng.choice([CART - 1, CART, CHECKOUT], count, p=[0.5, 0.35, 0.15]), reached
    )
    reached = np.where(kind == PURCHASE, BOUGHT, np.where(kind == FAILED, reached, CART - 1))
    image = rng.random(count) < np.where(is_slow, rates["image_error_share"], 0.03)
    return dict(
        is_slow=is_slow,
        has_old_app=old_app,
        has_image_error=image,
        variant=variant,
        cause=cause,
        last_step=reached,
    )


def _steps(rng: np.random.Generator, sessions: Sessions) -> np.ndarray:
    """Sessions x STEPS: which events take place."""
    chance = np.array(
        [
            1,
            0.10,
            0,
            0.22,
            0.28,
            0.85,
            0.16,
            0.45,
            0.10,
            0.03,
            0.03,
            0.01,
            0.01,
            0.01,
            0.12,
            0,
            0.08,
            0,
            0,
            0,
        ]
    )
    happens = rng.random((len(sessions), len(STEPS))) < chance[None, :]
    tried = np.isin(sessions.kind, [PURCHASE, FAILED])
    happens[tried, FIRST_VIEW] = True
    for step in (CART, CHECKOUT, PAYMENT, BOUGHT):
        happens[:, step] = tried & (sessions.last_step >= step)
    browsing = (sessions.kind == BROWSE) & (rng.random(len(sessions)) < 0.12)
    happens[browsing, CART] = True
    happens[:, STEP["remove_from_cart"]] &= happens[:, CART] & (sessions.last_step <= CART)
    social = sessions.kind == SOCIAL
    talk = [STEP[name] for name in ("share", "like", "comment", "follow")]
    happens[social] = False
    happens[np.ix_(social, [0])] = True
    happens[np.ix_(social, talk)] = rng.random((social.sum(), 4)) < [0.3, 0.6, 0.25, 0.2]
    kiosk = sessions.kind == KIOSK
    happens[np.ix_(kiosk, [STEP["login"], STEP["register"], STEP["ad_click"], CART])] = False
    return happens


def event_frames(
    settings: Settings,
    world: World,
    people: People,
    accounts: Accounts,
    orders: Orders,
    sessions: Sessions,
    block: int,
) -> tuple[dict[str, Frame], dict[str, Frame]]:
    """The raw table web_events and the truth about each session that should have sold."""
    rng = settings.stream(block, "events")
    by_time = np.lexsort((sessions.who, sessions.at))
    names = Sessions.__dataclass_fields__
    sessions = Sessions(**{n: getattr(sessions, n)[by_time] for n in names})
    total = len(sessions)
    happens = _steps(rng, sessions)
    system = np.array([0, 1, 1, 2, 0, 3])[sessions.platform]
    account = accounts.at(sessions.who, system, sessions.at)
    logged_in = (account >= 0) & (happens[:, STEP["login"]] | (rng.random(total) < 0.45))
    logged_in |= (account >= 0) & (sessions.kind == PURCHASE)
    happens[:, STEP["login"]] &= account >= 0
    fresh = (
        (account >= 0) & (sessions.at - accounts.registered_at[account] < 5 * DAY)
        if len(accounts)
        else np.zeros(total, bool)
    )
    happens[:, STEP["register"]] = fresh & logged_in & (rng.random(total) < 0.5)
    row, step = np.nonzero(happens)
    count = len(row)
    session_number = block * _stride(settings) // 2 + 1 + np.arange(total)

    # dwell times add up to the time within the session; purchases end at the order's second
    dwell = np.exp(rng.normal(9.6, 0.9, count)).clip(800, 240_000).astype(np.int64)
    passed = np.cumsum(dwell)
    opening = np.concatenate([[0], np.flatnonzero(np.diff(row)) + 1]) if count else np.zeros(0, int)
    offset = passed - dwell - np.repeat((passed - dwell)[opening], np.diff([*opening, count]))
    at = np.minimum(sessions.at[row] + offset // 1000, settings.end - 60)
    is_purchase = step == BOUGHT
    at = np.where(is_purchase, orders.at[sessions.order[row]], at)
    ends = np.where(sessions.kind == PURCHASE, orders.at[sessions.order], settings.end)
    at = np.minimum(at, ends[row])

    product, category = _products_seen(rng, settings, world, people, sessions, row, step)
    columns = _event_columns(rng, settings, world, sessions, orders, row, step, product, category)
    own = accounts.devices[sessions.who]
    use_laptop = (sessions.platform == 0) & (own[:, 1] != MISSING)
    tablet = (own[:, 2] != MISSING) & (rng.random(total) < 0.25) & (sessions.platform < 3)
    device = np.where(tablet, own[:, 2], np.where(use_laptop, own[:, 1], own[:, 0]))
    kiosk = -(people.city[sessions.who] % world.stores() + 1)
    device = np.where(sessions.kind == KIOSK, kiosk, device)
    anonymous = (rng.random(total) < 0.03) & logged_in & (sessions.kind != KIOSK)
    device = np.where(anonymous, MISSING, device)
    seen_account = np.where(logged_in & (sessions.kind != KIOSK), account, -1)
    has_session = np.where(rng.random(total) < 0.97, session_number, MISSING)
    frame = Frame(
        {
            "event_id": Ids("", block * _stride(settings) + 1 + np.arange(count)),
            "source_system": words(vocab.SYSTEMS, system[row]),
            "occurred_at": seconds(at),
            "event_type": words(STEPS, step),
            "device_id": device_words(device)[row],
            "account_id": words(accounts.ids, seen_account)[row],
            "session_id": Ids("V", has_session[row]),
            "platform": words(vocab.PLATFORMS, sessions.platform[row]),
            **columns,
            "dwell_ms": dwell,
            "_loaded_at": seconds(at + 90 + (at // 600 * 7) % 600),
        }
    )
    told = np.flatnonzero(np.isin(sessions.kind, [PURCHASE, FAILED]))
    truth = Frame(
        {
            "session_id": Ids("V", session_number[told]),
            "outcome": words(["bought", "failed"], (sessions.kind[told] == FAILED).astype(int)),
            "last_step": words(STEPS, sessions.last_step[told]),
            "cause": words(CAUSES, sessions.cause[told]),
        }
    )
    return {"web_events": frame}, {"session_causes": truth}


def _stride(settings: Settings) -> int:
    return int(BLOCK_CUSTOMERS * (settings.rates["volume"]["events_per_customer"] * 3 + 60))


def _products_seen(
    rng: np.random.Generator,
    settings: Settings,
    world: World,
    people: People,
    sessions: Sessions,
    row: np.ndarray,
    step: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """One main product per session, now and then its partner; -1 where the event has no product."""
    main = pick_products(rng, settings, world, people, sessions.who, sessions.at)
    with_product = [STEP[name] for name in ("favourite", "share", "remove_from_cart")]
    shown = np.isin(step, [FIRST_VIEW, SECOND_VIEW, CART, *with_product])
    product = np.where(step == SECOND_VIEW, world.partner[main[row]], main[row])
    product = np.where(shown, product, -1)
    category = np.where(shown | (step == STEP["search"]), world.category[main[row]], -1)
    return product, category


def _event_columns(
    rng: np.random.Generator,
    settings: Settings,
    world: World,
    sessions: Sessions,
    orders: Orders,
    row: np.ndarray,
    step: np.ndarray,
    product: np.ndarray,
    category: np.ndarray,
) -> dict[str, np.ndarray | Ids]:
    """Pages, searches, content, errors, campaigns."""
    count, total = len(row), len(sessions)
    labels = [entry[0] for entry in vocab.CATEGORIES]
    terms = [term for label in labels for term in vocab.SEARCH_TERMS[label]]
    first_term = np.cumsum([0] + [len(vocab.SEARCH_TERMS[label]) for label in labels])
    searching = step == STEP["search"]
    length = np.diff(first_term)[np.maximum(category, 0)]
    term = first_term[np.maximum(category, 0)] + rng.integers(0, 1 << 20, count) % length
    pages = ["/", "/login", "/search", "/cart", "/checkout", "/payment", "/thanks", "/register"]
    pages += [f"/c/{label.lower()}" for label in labels] + [
        f"/p/P{n + 1}" for n in range(len(world.price))
    ]
    page = np.select(
        [
            step == 3,
            searching,
            step == CHECKOUT,
            step == PAYMENT,
            step == BOUGHT,
            step == 2,
            step >= CART,
        ],
        [1, 2, 4, 5, 6, 7, 3],
        0,
    )
    page = np.where((product >= 0) & (step < CART), 8 + len(labels) + product, page)
    main_category = np.where(step == STEP["click"], 8 + row % len(labels), page)
    paged = np.isin(sessions.platform, [0, 3, 5])[row]
    content = np.isin(step, [STEP["like"], STEP["comment"], STEP["follow"], STEP["click"]])
    article = (sessions.who[row] * 31 + row) % 60
    slow = sessions.is_slow[row]
    load = np.exp(rng.normal(np.where(slow, 8.55, 7.0), 0.22, count)).astype(np.int64)
    load = np.where(slow, np.maximum(load, 3600), np.minimum(load, 3400))
    timed = np.isin(step, [0, FIRST_VIEW, SECOND_VIEW, CHECKOUT, PAYMENT])
    bug = sessions.has_old_app[row] & (step == PAYMENT) & (sessions.cause[row] == 2)
    image = sessions.has_image_error[row] & np.isin(step, [FIRST_VIEW, SECOND_VIEW])
    source = rng.choice(len(SOURCES), total, p=[0.42, 0.12, 0.18, 0.1, 0.08, 0.06, 0.04])
    entry = np.where(
        np.concatenate([[True], np.diff(row) > 0]) if count else np.zeros(0, bool), source[row], 0
    )
    entry = np.where(step == STEP["ad_click"], 5, entry)
    ad = (step == STEP["ad_click"]) | np.isin(entry, [1, 5])
    campaign = np.where(ad, row % max(len(world.campaign_channel), 1) + 1, MISSING)
    return {
        "page_path": words(pages, np.where(paged, main_category, -1)),
        "product_id": Ids("P", np.where(product >= 0, product + 1, MISSING)),
        "category": words(labels, category),
        "content_id": Ids("A", np.where(content, article + 1, MISSING)),
        "content_type": words(vocab.CONTENT_TYPES, np.where(content, article % 3, -1)),
        "content_topic": words(vocab.CONTENT_TOPICS, np.where(content, article % 5, -1)),
        "feature": words(
            vocab.FEATURES, np.where(step == STEP["feature_use"], sessions.who[row] % 5, -1)
        ),
        "element": words(
            ["banner", "menu", "buy_button"], np.where(step == STEP["click"], row % 3, -1)
        ),
        "creative_id": Ids("CR", np.where(ad & (campaign != MISSING), campaign * 2, MISSING)),
        "search_term": words(terms, np.where(searching, term, -1)),
        "order_id": orders.ids(np.where(step == BOUGHT, sessions.order[row], -1)),
        "page_load_ms": np.where(timed, load, MISSING),
        "error_code": words(["PAY-502", "IMG-404"], np.select([bug, image], [0, 1], -1)),
        "utm_source": words([s[0] for s in SOURCES], np.where(entry > 0, entry, -1)),
        "utm_medium": words([s[1] for s in SOURCES], np.where(entry > 0, entry, -1)),
        "utm_campaign": Ids("C", campaign),
        "referrer": words([s[2] for s in SOURCES], np.where(paged & (entry > 0), entry, -1)),
        "experiment_variant": words(VARIANTS, sessions.variant[row]),
    }
