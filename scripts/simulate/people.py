"""The people of one block: who they are, what they like, whom they live with, what they own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import vocabulary as vocab
from .frame import MISSING
from .settings import BLOCK_CUSTOMERS, DAY, WEEK, Settings
from .world import World

FAVOURITES = 5  # products a person keeps coming back to
DEVICE_STRIDE = 4 * BLOCK_CUSTOMERS


@dataclass
class People:
    """Arrays by person of the block; times are epoch seconds."""

    number: np.ndarray  # over all blocks
    segment: np.ndarray
    gender: np.ndarray  # 0 female, 1 male, 2 not said
    birth_day: np.ndarray
    family: np.ndarray
    given: np.ndarray
    city: np.ndarray
    abroad: np.ndarray  # -1 at home, else position in vocab.ABROAD
    household: np.ndarray  # -1 alone, else number of the household in the block
    shares_phone: np.ndarray
    shares_email: np.ndarray
    shares_tablet: np.ndarray
    acquired_at: np.ndarray
    is_buyer: np.ndarray
    log_rate: np.ndarray
    break_from: np.ndarray
    break_to: np.ndarray
    change_at: np.ndarray
    lapse_at: np.ndarray
    left_after_bad_order: np.ndarray
    category: np.ndarray  # people x 2: before and after the change
    brand: np.ndarray
    daypart: np.ndarray
    weekend: np.ndarray  # how much more is bought on Saturday and Sunday
    channel_weights: np.ndarray  # people x channels
    favourites: np.ndarray  # people x FAVOURITES: products
    patience: np.ndarray  # how kindly they score, standard normal
    platform: np.ndarray  # of the phone: 1 ios, 2 android
    has_laptop: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


def segment_table(settings: Settings, column: str) -> np.ndarray:
    """One rate of all segments, in the order of rates.toml."""
    return np.array([row[column] for row in settings.rates["segments"].values()], float)


def make_people(settings: Settings, world: World, block: int) -> People:
    """Draw a block of people; nothing here depends on another block."""
    rng = settings.stream(block, "people")
    rates = settings.rates["people"]
    count = settings.people_in(block)
    span = settings.end - settings.start
    segment = rng.choice(
        len(settings.rates["segments"]), count, p=_shares(segment_table(settings, "share"))
    )
    city_share = _shares(1 / np.arange(1, len(vocab.CITIES) + 1) ** 0.7)
    household, flags = _households(rng, rates, count)

    # a third were customers before the history begins; the others come as the shop grows
    is_old = rng.random(count) < 0.30
    new_at = settings.start + (span * rng.random(count) ** 0.85 * 0.97).astype(np.int64)
    old_at = settings.start - rng.integers(10, 900, count) * DAY - rng.integers(0, DAY, count)
    acquired = np.where(is_old, old_at, new_at)
    is_buyer = rng.random(count) >= rates["never_buyer_share"]
    if block == 0:
        is_buyer[0], acquired[0], segment[0] = True, settings.start - 30 * DAY, 0

    living_from = np.maximum(acquired, settings.start)
    monthly = segment_table(settings, "lapse")[segment]
    lapse = living_from + (rng.exponential(1, count) / monthly * 30 * DAY).astype(np.int64)
    break_from = living_from + (rng.random(count) * span).astype(np.int64)
    break_to = break_from + rng.integers(8, 31, count) * WEEK
    has_break = rng.random(count) < rates["break_probability"]
    changes = rng.random(count) < rates["change_probability"]
    change_at = settings.start + (span * rng.uniform(0.25, 0.8, count)).astype(np.int64)

    popularity = _shares(1 / np.arange(1, len(vocab.CATEGORIES) + 1) ** 0.4)
    category = rng.choice(len(popularity), (count, 2), p=popularity)
    gift = list(settings.rates["segments"]).index("gift_giver")
    category[(segment == gift) & (rng.random(count) < 0.7)] = len(vocab.CATEGORIES) - 1
    category[~changes, 1] = category[~changes, 0]
    brand = rng.choice(len(vocab.BRANDS), count, p=_shares(1 / np.arange(1, 13) ** 0.6))
    store_share = segment_table(settings, "store")[segment]
    abroad = np.where(rng.random(count) < rates["abroad_share"], rng.integers(0, 3, count), -1)

    people = People(
        number=np.arange(count) + block * BLOCK_CUSTOMERS,
        segment=segment,
        gender=rng.choice(3, count, p=[0.55, 0.4, 0.05]),
        birth_day=rng.integers(-10500, 12800, count),
        family=rng.integers(0, len(vocab.FAMILY_NAMES), count),
        given=rng.integers(0, len(vocab.GIVEN_NAMES), count),
        city=rng.choice(len(vocab.CITIES), count, p=city_share),
        abroad=abroad,
        household=household,
        **flags,
        acquired_at=acquired,
        is_buyer=is_buyer,
        log_rate=rng.normal(0, settings.rates["orders"]["spread"], count),
        break_from=np.where(has_break, break_from, MISSING),
        break_to=np.where(has_break, break_to, MISSING),
        change_at=np.where(changes, change_at, MISSING),
        lapse_at=lapse,
        left_after_bad_order=np.zeros(count, bool),
        category=category,
        brand=brand,
        daypart=rng.choice(5, count, p=[0.14, 0.2, 0.2, 0.36, 0.1]),
        weekend=np.exp(rng.normal(0, 0.7, count)),
        channel_weights=_channel_weights(rng, store_share, abroad),
        favourites=np.zeros((count, FAVOURITES), np.int64),
        patience=rng.normal(0, 1, count),
        platform=rng.choice([1, 2], count, p=[0.4, 0.6]),
        has_laptop=rng.random(count) < 0.6,
    )
    lead = people.household[people.household >= 0]
    _live_together(people, lead)
    index = np.repeat(np.arange(count), FAVOURITES)
    chosen = pick_products(rng, settings, world, people, index, np.full(len(index), settings.start))
    people.favourites[:] = chosen.reshape(count, FAVOURITES)
    return people


def _shares(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


def _households(
    rng: np.random.Generator, rates: dict, count: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Pairs of people; each household may share a phone, an e-mail address, a tablet."""
    household = np.full(count, -1)
    pairs = int(count * rates["household_share"] / 2)
    members = rng.permutation(count)[: 2 * pairs]
    household[members] = np.repeat(np.arange(pairs), 2)
    flags = {}
    for name in ("phone", "email", "tablet"):
        shared = rng.random(max(pairs, 1)) < rates[f"household_shares_{name}"]
        flags[f"shares_{name}"] = (household >= 0) & shared[household]
    return household, flags


def _live_together(people: People, lead: np.ndarray) -> None:
    """Households have one family name and one city."""
    if not len(lead):
        return
    for name in ("family", "city", "abroad"):
        values = getattr(people, name)
        of_household = np.zeros(lead.max() + 1, values.dtype)
        member = people.household >= 0
        of_household[people.household[member]] = values[member]
        values[member] = of_household[people.household[member]]


def _channel_weights(
    rng: np.random.Generator, store_share: np.ndarray, abroad: np.ndarray
) -> np.ndarray:
    """A favourite online channel, some shop visits, little else; people abroad use the web."""
    count = len(store_share)
    online = rng.dirichlet([0.7, 0.9, 0.8], count)
    store = np.clip(store_share * rng.gamma(2.0, 0.5, count), 0.02, 0.95)
    rest = rng.dirichlet([0.3, 1.0], count) * 0.12  # telephone, marketplace
    weights = np.column_stack([online * (1 - store[:, None]), store, rest])
    weights[abroad >= 0] = [0.8, 0.12, 0.0, 0.0, 0.03, 0.05]
    return weights / weights.sum(axis=1, keepdims=True)


def pick_products(
    rng: np.random.Generator,
    settings: Settings,
    world: World,
    people: People,
    who: np.ndarray,
    at: np.ndarray,
) -> np.ndarray:
    """One product for each (person, time): a category, then the best of four by taste."""
    count = len(who)
    changed = (people.change_at[who] != MISSING) & (at >= people.change_at[who])
    favourite = people.category[who, changed.astype(int)]
    overall = _shares(1 / np.arange(1, len(vocab.CATEGORIES) + 1) ** 0.5)
    weight = settings.rates["orders"]["favourite_category_weight"]
    category = np.where(
        rng.random(count) < weight, favourite, rng.choice(len(overall), count, p=overall)
    )
    category = _shocked(rng, settings, category, at)
    lean = segment_table(settings, "tier")[people.segment[who]]
    best, best_score = np.zeros(count, np.int64), np.full(count, -np.inf)
    draws = rng.random((4, count))
    for draw in draws:
        candidate = np.zeros(count, np.int64)
        for code, products in enumerate(world.category_products):
            rows = np.flatnonzero(category == code)
            position = np.searchsorted(world.category_popularity[code], draw[rows])
            candidate[rows] = products[np.minimum(position, len(products) - 1)]
        score = (
            1.2 * (world.brand[candidate] == people.brand[who])
            + 0.9 * lean * (world.tier[candidate] - 1)
            + rng.gumbel(0, 0.5, count)
        )
        better = score > best_score
        best[better], best_score[better] = candidate[better], score[better]
    return best


def _shocked(
    rng: np.random.Generator, settings: Settings, category: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """The categories, some of them replaced while a shock of demand lasts; no draw where there is none."""
    demand = settings.rates["demand"]
    if demand["shock_share"] == 0:
        return category
    first = np.datetime64(demand["shock_first_day"], "s").astype(np.int64)
    names = [row[0] for row in vocab.CATEGORIES]
    lasts = (at >= first) & (at < first + demand["shock_weeks"] * WEEK)
    taken = lasts & (rng.random(len(at)) < demand["shock_share"])
    return np.where(taken, names.index(demand["shock_category"]), category)


def device_numbers(settings: Settings, people: People, block: int) -> np.ndarray:
    """People x (phone, laptop, tablet): device numbers; a shared tablet has one number for both."""
    base = block * DEVICE_STRIDE
    phone = base + settings.stream(block, "devices").permutation(len(people))
    laptop = np.where(people.has_laptop, phone + BLOCK_CUSTOMERS, MISSING)
    tablet = np.where(people.shares_tablet, base + 2 * BLOCK_CUSTOMERS + people.household, MISSING)
    return np.column_stack([phone, laptop, tablet])
