"""What every block shares: calendar, products, stores, campaigns, currencies, indicators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as vocab
from .frame import MISSING, Cents, Frame, Ids, constant, days, words
from .settings import DAY, LAST_DAY, Settings

CURRENCIES = {"CNY": 1.0, "USD": 7.15, "HKD": 0.92, "EUR": 7.75}
CAMPAIGN_CHANNELS = [
    "email",
    "sms",
    "app_push",
    "wechat",
    "search_ad",
    "display_ad",
    "social_ad",
    "affiliate",
    "direct_mail",
    "in_store_event",
]


@dataclass
class World:
    """Arrays by position; a product or store is known by its position everywhere else."""

    season: np.ndarray  # per day from the first day: how much people buy
    gift_season: np.ndarray  # the same for presents
    is_peak: np.ndarray  # per day: parcels run late
    is_promotion: np.ndarray
    category: np.ndarray
    brand: np.ndarray
    tier: np.ndarray
    price: np.ndarray  # cents, base currency
    cost: np.ndarray
    quality: np.ndarray  # standard normal; drives ratings
    partner: np.ndarray  # the product it is bought with
    category_products: list[np.ndarray]
    category_popularity: list[np.ndarray]  # cumulative, per category
    store_city: np.ndarray
    campaign_channel: np.ndarray
    campaign_start: np.ndarray  # epoch day
    campaign_days: np.ndarray
    rates: np.ndarray  # days x currencies
    frames: dict[str, Frame]

    def stores(self) -> int:
        """Number of stores."""
        return len(self.store_city)


def make_world(settings: Settings) -> World:
    """Everything that does not depend on a customer."""
    rng = settings.stream(-1, "world")
    horizon = int((LAST_DAY - settings.first_day).astype(int)) + 1 + 370
    calendar, parts = _calendar(settings, horizon)
    products, product_frame = _products(settings, rng)
    store_city, store_frame = _stores(settings, rng)
    campaigns, campaign_frame = _campaigns(settings, rng)
    rates, rate_frame = _exchange_rates(settings, rng)
    return World(
        **parts,
        **products,
        store_city=store_city,
        **campaigns,
        rates=rates,
        frames={
            "calendar_events": calendar,
            "products": product_frame,
            "stores": store_frame,
            "campaigns": campaign_frame,
            "exchange_rates": rate_frame,
            "indicators": _indicators(settings, rng, parts["season"]),
        },
    )


def _calendar(settings: Settings, horizon: int) -> tuple[Frame, dict[str, np.ndarray]]:
    """The events of each year, the weekdays and months, and what they do to buying."""
    season, gifts = np.ones(horizon), np.ones(horizon)
    is_peak, is_promotion = np.zeros(horizon, bool), np.zeros(horizon, bool)
    listed: list[tuple[np.datetime64, str, str]] = []
    occurrences: list[tuple[np.datetime64, str, str, int, float]] = []
    first_year, last_year = settings.first_day.astype(object).year, 2026
    for year in range(first_year, last_year + 1):
        for day, name, kind, length, strength in vocab.YEARLY_EVENTS:
            occurrences.append((np.datetime64(f"{year}-{day}"), name, kind, length, strength))
    for (name, kind, length, strength), starts in vocab.MOON_EVENTS.items():
        occurrences += [(np.datetime64(day), name, kind, length, strength) for day in starts]
    for first, name, kind, length, strength in sorted(occurrences):
        offset = int((first - settings.first_day).astype(int))
        if offset < 0 or offset + length > horizon:
            continue
        span = slice(offset, offset + length)
        season[span] *= strength
        if name.startswith(vocab.GIFT_EVENTS):
            gifts[max(0, offset - 7) : offset + length] *= 3.0
        is_promotion[span] |= kind == "promotion"
        if strength >= 1.9 or name.startswith("Spring Festival"):
            is_peak[offset : offset + length + 6] = True
        listed += [(first + i, name, kind) for i in range(length)]
    weekday = (np.arange(horizon) + int(settings.first_day.astype(int)) + 3) % 7  # 0 = Monday
    season *= np.array([0.92, 0.9, 0.92, 0.97, 1.08, 1.14, 1.07])[weekday]
    month = (settings.first_day + np.arange(horizon)).astype("datetime64[M]").astype(int) % 12
    season *= np.array([1.02, 0.9, 0.98, 0.97, 1.0, 1.03, 0.95, 0.94, 1.02, 1.0, 1.05, 1.04])[month]
    dates, names, kinds = zip(*listed, strict=True)
    frame = Frame(
        {
            "event_date": np.array(dates, dtype="datetime64[D]"),
            "event_name": np.array(names, dtype=object),
            "event_type": np.array(kinds, dtype=object),
            "region": np.array(
                ["East" if "anniversary" in name else None for name in names], dtype=object
            ),
        }
    )
    parts = dict(season=season, gift_season=gifts, is_peak=is_peak, is_promotion=is_promotion)
    return frame, parts


def _products(settings: Settings, rng: np.random.Generator) -> tuple[dict, Frame]:
    """Zipf products: categories, subcategories, brands and price tiers."""
    count = int(np.clip(settings.customers // 100, 160, 3000))
    share = 1 / np.arange(1, len(vocab.CATEGORIES) + 1) ** 0.6
    category = rng.choice(len(share), count, p=share / share.sum())
    category[: len(share)] = np.arange(len(share))
    category = np.sort(category)
    brand_share = 1 / np.arange(1, len(vocab.BRANDS) + 1) ** 0.8
    brand = rng.choice(len(brand_share), count, p=brand_share / brand_share.sum())
    tier = rng.choice(3, count, p=[0.35, 0.45, 0.2])
    medians = np.array([row[2] for row in vocab.CATEGORIES], float)[category]
    factors = np.array([row[2] for row in vocab.PRICE_TIERS])[tier]
    price = np.maximum(np.round(medians * factors * np.exp(rng.normal(0, 0.35, count)), 1), 2.0)
    price = (price * 100).round().astype(np.int64)
    cost = (price * rng.uniform(0.5, 0.78, count)).astype(np.int64)
    sub = (
        rng.integers(0, 1 << 20, count) % np.array([len(r[4]) for r in vocab.CATEGORIES])[category]
    )
    size = rng.integers(0, len(vocab.SIZES), count)
    names, subs = [], []
    for i in range(count):
        english, chinese = vocab.CATEGORIES[category[i]][4][sub[i]]
        brand_en, brand_zh = vocab.BRANDS[brand[i]]
        tier_en, tier_zh, _ = vocab.PRICE_TIERS[tier[i]]
        label = f"{brand_en} {english} {vocab.SIZES[size[i]]} {brand_zh}{chinese}{tier_zh}"
        names.append(label)
        subs.append(english)
    # partners: each product goes with one of another category; made in pairs
    order = rng.permutation(count)
    partner = np.empty(count, np.int64)
    partner[order] = np.roll(order, 1)
    even = order[: count // 2 * 2]
    partner[even[0::2]], partner[even[1::2]] = even[1::2], even[0::2]
    popularity = 1 / (rng.permutation(count) + 3.0)
    groups = [np.flatnonzero(category == c) for c in range(len(share))]
    cumulative = [np.cumsum(popularity[g]) / popularity[g].sum() for g in groups]
    frame_cost = np.where(rng.random(count) < 0.03, MISSING, cost)
    launched = np.where(
        rng.random(count) < 0.8, rng.integers(600, 2500, count), rng.integers(0, 600, count)
    )
    frame = Frame(
        {
            "product_id": Ids("P", np.arange(1, count + 1)),
            "product_name": np.array(names, dtype=object),
            "category": words([row[0] for row in vocab.CATEGORIES], category),
            "subcategory": np.array(subs, dtype=object),
            "brand": words([row[0] for row in vocab.BRANDS], brand),
            "unit_cost": Cents(frame_cost),
            "list_price": Cents(price),
            "launched_on": LAST_DAY - launched.astype("timedelta64[D]"),
        }
    )
    parts = dict(
        category=category,
        brand=brand,
        tier=tier,
        price=price,
        cost=frame_cost,
        quality=rng.normal(0, 1, count),
        partner=partner,
        category_products=groups,
        category_popularity=cumulative,
    )
    return parts, frame


def _stores(settings: Settings, rng: np.random.Generator) -> tuple[np.ndarray, Frame]:
    """Stores in the larger cities."""
    count = int(np.clip(6 + settings.customers // 4000, 6, 160))
    city = np.arange(count) % min(count, len(vocab.CITIES))
    frame = Frame(
        {
            "store_id": Ids("S", np.arange(1, count + 1)),
            "store_name": np.array(
                [
                    f"{vocab.CITIES[c][1]} Store {i // len(vocab.CITIES) + 1}"
                    for i, c in enumerate(city)
                ],
                object,
            ),
            "region": words([row[0] for row in vocab.CITIES], city),
            "city": words([row[1] for row in vocab.CITIES], city),
            "format": words(vocab.STORE_FORMATS, rng.integers(0, 3, count)),
            "opened_on": LAST_DAY - rng.integers(1000, 4000, count).astype("timedelta64[D]"),
        }
    )
    return city, frame


def _campaigns(settings: Settings, rng: np.random.Generator) -> tuple[dict, Frame]:
    """One campaign per channel and month or quarter, dearer around the big sales."""
    first = int(settings.first_day.astype(int))
    last = int(LAST_DAY.astype(int))
    channel, start, length = [], [], []
    for code, name in enumerate(CAMPAIGN_CHANNELS):
        every = 91 if name in ("direct_mail", "in_store_event") else 61
        for day in range(first + int(rng.integers(0, 20)), last - 7, every):
            channel.append(code)
            start.append(day)
            length.append(int(rng.integers(10, 28)))
    if not channel:
        channel, start, length = [0], [first], [10]
    count = len(channel)
    channels, starts, lengths = np.array(channel), np.array(start), np.array(length)
    lengths = np.minimum(lengths, last - starts)
    unit_cost = np.array([4, 9, 2, 5, 60, 45, 55, 30, 90, 120])[channels]  # cents per customer
    cost = (unit_cost * settings.customers * rng.uniform(0.6, 1.5, count)).astype(np.int64) + 5000
    objective = rng.integers(0, 4, count)
    names = [
        f"{CAMPAIGN_CHANNELS[c]} {np.datetime64(int(s), 'D').astype('datetime64[M]')}"
        for c, s in zip(channels, starts, strict=True)
    ]
    frame = Frame(
        {
            "campaign_id": Ids("C", np.arange(1, count + 1)),
            "channel": words(CAMPAIGN_CHANNELS, channels),
            "campaign_name": np.array(names, object),
            "objective": words(["acquire", "activate", "retain", "win_back"], objective),
            "start_date": days(starts),
            "end_date": days(starts + lengths),
            "cost": Cents(cost),
            "currency": constant("CNY", count),
        }
    )
    parts = dict(campaign_channel=channels, campaign_start=starts, campaign_days=lengths)
    return parts, frame


def _exchange_rates(settings: Settings, rng: np.random.Generator) -> tuple[np.ndarray, Frame]:
    """A daily random walk that stays near its level, from 40 days before the history on."""
    first = int(settings.first_day.astype(int)) - 40
    count = int(LAST_DAY.astype(int)) - first + 2
    table, names, dates, values = [np.ones(count)], [], [], []
    for name, level in list(CURRENCIES.items())[1:]:
        walk = np.zeros(count)
        noise = rng.normal(0, 0.003, count)
        for i in range(1, count):
            walk[i] = 0.98 * walk[i - 1] + noise[i]
        rate = np.round(level * np.exp(walk), 4)
        table.append(rate)
        names += [name] * count
        dates.append(np.arange(first, first + count))
        values.append(rate)
    frame = Frame(
        {
            "currency": np.array(names, object),
            "rate_date": days(np.concatenate(dates)),
            "rate": np.concatenate(values),
        }
    )
    return np.stack(table, axis=1)[40:], frame


def _indicators(settings: Settings, rng: np.random.Generator, season: np.ndarray) -> Frame:
    """Monthly outside figures: some move with the shop's season, some are noise."""
    months = np.arange(settings.months)
    first = settings.first_day.astype("datetime64[M]")
    starts = (first + months).astype("datetime64[D]")
    ends = (first + months + 1).astype("datetime64[D]")
    offsets = [(a - settings.first_day).astype(int) for a in starts]
    lengths = [(b - a).astype(int) for a, b in zip(starts, ends, strict=True)]
    monthly = np.array([season[o : o + n].mean() for o, n in zip(offsets, lengths, strict=True)])
    series = [
        ("retail_sales_index", "industry", None, None, "statistics office", 100 * monthly),
        ("dairy_market_index", "industry", "Dairy", None, "trade panel", 90 + 12 * monthly),
        ("rival_price_index", "competitor", "Snacks", None, "price crawler", 100 - 8 * monthly),
        ("consumer_confidence", "macro", None, None, "statistics office", 92 + 0.1 * months),
        (
            "mean_temperature",
            "regional",
            None,
            "East",
            "weather service",
            16 - 12 * np.cos(2 * np.pi * ((first + months).astype(int) % 12) / 12),
        ),
        ("footfall_index", "regional", None, "South", "mall panel", 80 * monthly),
        (
            "topic_healthy_snacks",
            "social_topic",
            "Snacks",
            None,
            "social listening",
            40 + 0.8 * months,
        ),
    ]
    rows = [
        (name, start, kind, category, region, source, float(round(value + noise, 2)))
        for name, kind, category, region, source, values in series
        for start, value, noise in zip(starts, values, rng.normal(0, 2.0, len(values)), strict=True)
    ]
    names, dates, kinds, categories, regions, sources, values = zip(*rows, strict=True)
    return Frame(
        {
            "indicator": np.array(names, object),
            "period_start": np.array(dates, "datetime64[D]"),
            "value": np.array(values),
            "indicator_type": np.array(kinds, object),
            "category": np.array(categories, object),
            "region": np.array(regions, object),
            "source": np.array(sources, object),
        }
    )


def day_index(settings: Settings, at: np.ndarray) -> np.ndarray:
    """Position of a time in the world's daily arrays."""
    return (at - settings.start) // DAY
