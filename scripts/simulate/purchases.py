"""When people buy: a regular-to-bursty renewal process that runs on a seasonal, interrupted clock.

This is on purpose not BG/NBD: gaps are gamma-distributed, the clock speeds up in a person's own
season, pauses in a break, and people leave in calendar time or after a bad delivery, not by a coin
flip at each order.
"""

from __future__ import annotations

import numpy as np

from . import vocabulary as vocab
from .frame import MISSING
from .people import People, segment_table
from .settings import DAY, WEEK, Settings
from .world import World

FUTURE_WEEKS = 52  # known to the truth only
HAZARD_DAYS = (30, 90)  # horizons of the number of orders that the truth tells
FUTURES = 100  # drawn for each person
MANY = 6  # so many orders or more are one case
GRID = np.linspace(0, 60, 12_001)  # ticks of the clock


def weekly_rates(settings: Settings, world: World, people: People) -> np.ndarray:
    """People x weeks: expected orders, FUTURE_WEEKS beyond the end included."""
    weeks = settings.weeks + FUTURE_WEEKS
    begin = settings.start + np.arange(weeks) * WEEK
    stretch = segment_table(settings, "season")[people.segment]
    names = list(settings.rates["segments"])
    plain = _weekly_mean(world.season, weeks)
    gifts = _weekly_mean(world.season * world.gift_season, weeks)
    is_giver = people.segment == names.index("gift_giver")
    season = np.where(is_giver[:, None], gifts[None, :], plain[None, :] ** stretch[:, None])
    base = segment_table(settings, "orders")[people.segment] * np.exp(people.log_rate)
    rate = season * np.where(people.is_buyer, base, 0)[:, None]
    middle = begin[None, :] + WEEK // 2
    rate[middle < people.acquired_at[:, None]] = 0
    rate[middle > people.lapse_at[:, None]] = 0
    paused = (middle >= people.break_from[:, None]) & (middle < people.break_to[:, None])
    rate[paused & (people.break_from != MISSING)[:, None]] *= 0.12
    changed = (people.change_at != MISSING)[:, None] & (middle >= people.change_at[:, None])
    rate[changed] *= 1.25
    target = settings.rates["volume"]["orders_per_customer"] * settings.months / 30 * len(people)
    # one customer in a thousand orders more than weekly; nobody daily
    rate *= 0.97 * target / max(rate[:, : settings.weeks].sum(), 1e-9)
    return np.minimum(rate, 3.0)


def _weekly_mean(daily: np.ndarray, weeks: int) -> np.ndarray:
    padded = np.ones(weeks * 7)
    padded[: min(len(daily), weeks * 7)] = daily[: weeks * 7]
    return padded.reshape(weeks, 7).mean(axis=1)


def organic_orders(
    settings: Settings, world: World, people: People, rates: np.ndarray, block: int
) -> tuple[np.ndarray, np.ndarray]:
    """(person, epoch second) of the orders that nobody had to cause, by person and time."""
    rng = settings.stream(block, "purchases")
    history = rates[:, : settings.weeks]
    count, weeks = history.shape
    clock = np.concatenate([np.zeros((count, 1)), np.cumsum(history, axis=1)], axis=1)
    total = clock[:, -1]
    shape = segment_table(settings, "gap_shape")[people.segment]
    room = np.where(total > 0, np.ceil(total + 8 * np.sqrt(total) + 10), 0).astype(np.int64)
    who = np.repeat(np.arange(count), room)
    gaps = rng.gamma(shape[who]) / shape[who]
    reached = np.cumsum(gaps)
    first = np.concatenate([[0], np.cumsum(room)[:-1]])
    before = np.where(first > 0, reached[np.maximum(first - 1, 0)], 0.0)
    # the first gap starts at a random point of the cycle
    ticks = reached - np.repeat(before, room) - np.repeat(rng.random(count) * 0.5, room)
    kept = (ticks > 0) & (ticks < total[who])
    who, ticks = who[kept], ticks[kept]
    # look the tick up on each person's clock, all people at once: person k lives on [k*step, ...)
    step = total.max(initial=0) + 1
    flat = (clock + np.arange(count)[:, None] * step).ravel()
    week = np.searchsorted(flat, ticks + who * step, side="right") - 1 - who * (weeks + 1)
    week = np.clip(week, 0, weeks - 1)
    return who, clock_times(rng, settings, world, people, who, week)


def longer_gaps(shape: float, is_first: bool) -> np.ndarray:
    """Chance that a gap is longer than each tick of GRID; a first gap begins within its cycle."""
    middle = (GRID[1:] + GRID[:-1]) / 2
    density = np.exp((shape - 1) * np.log(middle) - shape * middle)
    longer = np.append(1, 1 - np.cumsum(density) / density.sum())
    if is_first:
        shifts = np.linspace(0.01, 0.49, 25)
        longer = np.mean([np.interp(GRID + shift, GRID, longer) for shift in shifts], axis=0)
    return np.maximum(longer, 1e-12)


def futures(
    rng: np.random.Generator,
    settings: Settings,
    people: People,
    is_first: np.ndarray,
    since: np.ndarray,
    ahead: np.ndarray,
) -> np.ndarray:
    """People x FUTURES: orders while the clock runs `ahead` ticks, `since` ticks after the last one; MANY or more is MANY."""
    shapes = segment_table(settings, "gap_shape")[people.segment]
    draws = (np.arange(FUTURES) + 0.5) / FUTURES
    result = np.zeros((len(people), FUTURES), np.int64)
    for shape in np.unique(shapes):
        for first in (False, True):
            rows = np.flatnonzero((shapes == shape) & (is_first == first) & (ahead > 0))
            curve = longer_gaps(shape, first)
            left = np.interp(since[rows], GRID, curve)[:, None] * draws[None, :]
            room = (ahead + since)[rows][:, None] - np.interp(-left, -curve, GRID)
            counts = np.zeros(room.shape, np.int64)
            for _ in range(MANY):
                going = np.nonzero(room > 0)
                counts[going] += 1
                room[going] -= rng.gamma(shape, 1 / shape, len(going[0]))
            result[rows] = counts
    return result


def hazard_day(settings: Settings) -> int:
    """Epoch second of the last beginning of a week that 90 days of the history follow."""
    weeks = (settings.end - settings.start - max(HAZARD_DAYS) * DAY) // WEEK
    return settings.start + max(int(weeks), 0) * WEEK


def order_hazards(
    settings: Settings,
    people: People,
    rates: np.ndarray,
    who: np.ndarray,
    at: np.ndarray,
    extra: tuple[np.ndarray, np.ndarray, np.ndarray],
    block: int,
) -> dict[str, np.ndarray]:
    """Columns `orders_<days>d_<count>`: chance of so many orders within the days that follow `hazard_day`.

    who, at     organic orders
    extra       who, when and with what chance something may cause one more
    """
    rng = settings.stream(block, "hazards")
    day = hazard_day(settings)
    clock = np.concatenate([np.zeros((len(people), 1)), np.cumsum(rates, axis=1)], axis=1)

    def ticks(person: np.ndarray, when: np.ndarray) -> np.ndarray:
        weeks = (when - settings.start) / WEEK
        week = np.clip(weeks.astype(np.int64), 0, rates.shape[1] - 1)
        return clock[person, week] + (weeks - week) * rates[person, week]

    everybody = np.arange(len(people))
    past = at < day
    reached = np.zeros(len(people))
    np.maximum.at(reached, who[past], ticks(who[past], at[past]))
    is_first = ~np.isin(everybody, who[past])
    now = ticks(everybody, np.full(len(people), day))
    has_left = people.left_after_bad_order & (people.lapse_at < day)
    moved, moved_at, chance = extra
    result = {}
    for horizon in HAZARD_DAYS:
        then = ticks(everybody, np.full(len(people), day + horizon * DAY))
        counts = futures(rng, settings, people, is_first, now - reached, then - now)
        inside = np.flatnonzero((moved_at >= day) & (moved_at < day + horizon * DAY))
        happens = rng.random((len(inside), FUTURES)) < chance[inside][:, None]
        np.add.at(counts, moved[inside], happens)
        counts[has_left] = 0
        for count in range(MANY + 1):
            is_so_many = counts == count if count < MANY else counts >= MANY
            result[f"orders_{horizon}d_{count}"] = is_so_many.mean(axis=1)
    return result


def clock_times(
    rng: np.random.Generator,
    settings: Settings,
    world: World,
    people: People,
    who: np.ndarray,
    week: np.ndarray,
) -> np.ndarray:
    """A second within the week: by the day's season and the person's weekend, then by daypart."""
    day = week[:, None] * 7 + np.arange(7)
    weight = world.season[np.minimum(day, len(world.season) - 1)].astype(float)
    weekday = (day + int(settings.first_day.astype(int)) + 3) % 7
    weight = np.where(weekday >= 5, weight * people.weekend[who][:, None], weight)
    cumulative = np.cumsum(weight, axis=1)
    draw = rng.random(len(who)) * cumulative[:, -1]
    chosen = (cumulative < draw[:, None]).sum(axis=1)
    at = settings.start + (week * 7 + chosen) * DAY + hours(rng, people, who)
    return np.minimum(at, settings.end - 1 - rng.integers(0, DAY // 2, len(at)))


def hours(rng: np.random.Generator, people: People, who: np.ndarray) -> np.ndarray:
    """Second of the day: mostly in the person's daypart."""
    part = np.where(
        rng.random(len(who)) < 0.65,
        people.daypart[who],
        rng.choice(5, len(who), p=[0.15, 0.22, 0.25, 0.33, 0.05]),
    )
    bounds = np.array(vocab.DAYPART_HOURS)[part]
    hour = bounds[:, 0] + rng.random(len(who)) * (bounds[:, 1] - bounds[:, 0])
    return ((hour % 24) * 3600).astype(np.int64)
