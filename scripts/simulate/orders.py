"""Orders and their lines: where, what, for how much, and how well the delivery went."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from . import vocabulary as vocab
from .accounts import Accounts, mistyped
from .frame import MISSING, Cents, Frame, Ids, seconds, words
from .people import FAVOURITES, People, pick_products, segment_table
from .settings import BLOCK_CUSTOMERS, DAY, Settings
from .world import CURRENCIES, World, day_index

STORE, MARKETPLACE = 3, 5
GUESTS_SILENT_IN_STORE = 0.85
STATUSES = ["placed", "paid", "shipped", "completed", "cancelled"]
PLACED, PAID, SHIPPED, COMPLETED, CANCELLED = range(5)
ORGANIC, TOUCH, ACTION = 0, 1, 2


@dataclass
class Orders:
    """Arrays by order, in time order; money in cents of the order's currency."""

    who: np.ndarray
    at: np.ndarray
    cause: np.ndarray  # ORGANIC, TOUCH or ACTION
    cause_row: np.ndarray  # position of the touch or action
    channel: np.ndarray
    number: np.ndarray
    store: np.ndarray
    account: np.ndarray
    device: np.ndarray
    currency: np.ndarray
    fx: np.ndarray  # base units for one unit of the currency
    status: np.ndarray
    shipped_at: np.ndarray
    promised_at: np.ndarray
    delivered_at: np.ndarray
    delay_days: np.ndarray  # delivered after the promise, in days; 0 in shops
    gross: np.ndarray
    discount: np.ndarray
    shipping: np.ndarray
    tax: np.ndarray
    net: np.ndarray
    associate: np.ndarray

    def __len__(self) -> int:
        return len(self.who)

    def ids(self, index: np.ndarray) -> Ids:
        """order_id at these positions; null where -1."""
        if not len(self):
            return Ids("O", np.full(len(index), MISSING))
        return Ids("O", np.where(index >= 0, self.number[index], MISSING))

    def seen_end(self) -> np.ndarray:
        """When the goods were in the customer's hands (orders without delivery: at once)."""
        return np.where(self.delivered_at != MISSING, self.delivered_at, self.at)


@dataclass
class Lines:
    """Arrays by order line, grouped by order."""

    order: np.ndarray
    line: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    unit_price: np.ndarray
    discount: np.ndarray
    net: np.ndarray


def order_stride(settings: Settings) -> int:
    """Order numbers set aside for each block."""
    return int(BLOCK_CUSTOMERS * max(10, settings.rates["volume"]["orders_per_customer"]) * 6)


def device_words(numbers: np.ndarray) -> np.ndarray:
    """device_id: own devices by number, store kiosks as negative numbers, none as MISSING."""
    found, inverse = np.unique(numbers, return_inverse=True)
    names = [
        None if n == MISSING else f"D{n}" if n >= 0 else f"KIOSK-S{-n}" for n in found.tolist()
    ]
    return words(names, inverse) if len(names) else np.empty(0, object)


def order_shares(
    settings: Settings, people: People, accounts: Accounts, when: int
) -> tuple[np.ndarray, np.ndarray]:
    """Share of a person's orders that stand and are placed by each account; and by a guest who leaves a contact."""
    rates = settings.rates
    stand = people.channel_weights * (1 - rates["orders"]["cancelled_share"])
    stand[:, STORE] = people.channel_weights[:, STORE]
    everybody = np.arange(len(people))
    shares = np.zeros(len(accounts))
    contact = np.full(stand.shape[1], 1 - rates["identity"]["guest_without_contact"])
    contact[STORE] = 1 - GUESTS_SILENT_IN_STORE
    guest = np.zeros(len(people))
    for channel in range(stand.shape[1]):
        owned = accounts.at(everybody, np.full(len(people), channel), np.full(len(people), when))
        has = owned >= 0
        shares[owned[has]] = stand[has, channel]
        guest += np.where(has, 0, stand[:, channel] * contact[channel])
    return shares, guest


def make_orders(
    settings: Settings,
    world: World,
    people: People,
    accounts: Accounts,
    block: int,
    who: np.ndarray,
    at: np.ndarray,
    cause: np.ndarray,
    cause_row: np.ndarray,
    wanted_store: np.ndarray,
) -> tuple[Orders, Lines]:
    """Fill in the orders; people who leave after a bad delivery lose later ones."""
    rng = settings.stream(block, "orders")
    rates = settings.rates["orders"]
    order = np.lexsort((cause_row, cause, who, at))
    who, at, cause, cause_row = who[order], at[order], cause[order], cause_row[order]
    wanted_store = wanted_store[order]
    count = len(who)
    cumulative = np.cumsum(people.channel_weights[who], axis=1)
    channel = (cumulative < rng.random(count)[:, None]).sum(axis=1).clip(0, 5)
    channel = np.where(wanted_store, STORE, channel)
    is_store = channel == STORE

    day = day_index(settings, at)
    late_share = np.where(world.is_peak[day], rates["late_share_peak"], rates["late_share"])
    is_late = (rng.random(count) < late_share) & ~is_store
    shipped = at + rng.integers(6 * 3600, 40 * 3600, count)
    promised = at + rng.integers(2, 5, count) * DAY
    punctual = promised - rng.integers(2 * 3600, 30 * 3600, count)
    delay = rng.gamma(1.6, 1.7, count) + 0.2
    delivered = np.where(is_late, promised + (delay * DAY).astype(np.int64), punctual)
    delivered = np.maximum(delivered, shipped + 3 * 3600)

    leaves = is_late & (delay >= 4) & (rng.random(count) < rates["lapse_after_bad_order"])
    left_at = np.full(len(people), np.iinfo(np.int64).max)
    np.minimum.at(left_at, who[leaves], at[leaves])
    guard = (at == settings.end - 4 * 3600) & (who == 0) & (people.number[0] == 0)
    kept = (at <= left_at[who]) | guard
    people.left_after_bad_order[:] = left_at < people.lapse_at
    people.lapse_at[:] = np.minimum(people.lapse_at, left_at)

    keep = np.flatnonzero(kept)
    part = [who, at, cause, cause_row, channel, shipped, promised, delivered, guard]
    who, at, cause, cause_row, channel, shipped, promised, delivered, guard = (
        a[keep] for a in part
    )
    count, is_store = len(who), channel == STORE

    account = accounts.at(who, channel, at)
    home = np.flatnonzero(world.store_city >= 0)
    near = people.city[who] % world.stores()
    elsewhere = rng.random(count) < 0.15
    store = np.where(elsewhere, rng.choice(home, count), near)
    store = np.where(is_store | (rng.random(count) < 0.01), store, -1)

    cancelled = (rng.random(count) < rates["cancelled_share"]) & ~guard & ~is_store
    status = np.full(count, COMPLETED)
    status[(delivered >= settings.end) & ~is_store] = SHIPPED
    status[(shipped >= settings.end) & ~is_store] = PAID
    status[((at > settings.end - 3 * 3600) | (rng.random(count) < 0.003)) & ~is_store & ~guard] = (
        PLACED
    )
    status[cancelled] = CANCELLED
    shipped = np.where(is_store | ~np.isin(status, [SHIPPED, COMPLETED]), MISSING, shipped)
    delivered = np.where(is_store | (status != COMPLETED), MISSING, delivered)
    late_days = np.where(delivered == MISSING, 0, np.maximum(delivered - promised, 0) / DAY)

    abroad = people.abroad[who]
    currency = np.where((abroad >= 0) & ~is_store, np.array([2, 1, 3])[abroad], 0)
    fx = world.rates[day_index(settings, at), currency]
    lines = _lines(rng, settings, world, people, who, at, fx)
    sums = [
        _per_order(lines, values, count)
        for values in (lines.unit_price * lines.quantity, lines.discount, lines.net)
    ]
    gross, discount, net = sums
    shipping = np.where(is_store | (net * fx > 9900), 0, np.round(800 / fx)).astype(np.int64)
    # USD and EUR prices are without tax
    tax = np.where(currency % 2 == 1, np.round(net * 0.08), 0).astype(np.int64)

    tracked = (rng.random(count) < rates["tracked_device_share"]) & (channel < 3)
    own = accounts.devices[who]
    laptop = np.where((own[:, 1] != MISSING) & (channel == 0), own[:, 1], own[:, 0])
    tablet = (own[:, 2] != MISSING) & (rng.random(count) < 0.25)
    device = np.where(tracked, np.where(tablet, own[:, 2], laptop), MISSING)
    device = np.where(is_store & (rng.random(count) < 0.04), -(store + 1), device)
    helped = is_store & (rng.random(count) < rates["associate_share"])
    if count > order_stride(settings):
        raise ValueError("too many orders for one block; lower --orders-per-customer")
    orders = Orders(
        who=who,
        at=at,
        cause=cause,
        cause_row=cause_row,
        channel=channel,
        number=block * order_stride(settings) + 1 + np.arange(count),
        store=store,
        account=account,
        device=device,
        currency=currency,
        fx=fx,
        status=status,
        shipped_at=shipped,
        promised_at=np.where(is_store, MISSING, promised),
        delivered_at=delivered,
        delay_days=late_days,
        gross=gross,
        discount=discount,
        shipping=shipping,
        tax=tax,
        net=net,
        associate=np.where(helped, store * 5 + rng.integers(0, 5, count), -1),
    )
    return orders, lines


def _per_order(lines: Lines, values: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(lines.order, weights=values, minlength=count).round().astype(np.int64)


def _lines(
    rng: np.random.Generator,
    settings: Settings,
    world: World,
    people: People,
    who: np.ndarray,
    at: np.ndarray,
    fx: np.ndarray,
) -> Lines:
    """Products: a favourite, something new, or the partner of the line before."""
    rates = settings.rates["orders"]
    size = segment_table(settings, "basket")[people.segment[who]]
    count = 1 + rng.poisson(np.maximum(size - 1, 0.05))
    order = np.repeat(np.arange(len(who)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count) + 1
    buyer = who[order]
    product = pick_products(rng, settings, world, people, buyer, at[order])
    changed = (people.change_at[buyer] != MISSING) & (at[order] >= people.change_at[buyer])
    repeats = (rng.random(len(order)) < rates["favourite_product_weight"]) & ~changed
    favourite = people.favourites[buyer, rng.integers(0, FAVOURITES, len(order))]
    product = np.where(repeats, favourite, product)
    follows = (line > 1) & (rng.random(len(order)) < rates["partner_probability"])
    before = np.concatenate([[0], product[:-1]]) if len(product) else product
    product = np.where(follows, world.partner[before], product)

    # quantities, list prices in the order's currency, discounts by appetite and calendar
    quantity = np.minimum(1 + rng.geometric(0.72, len(order)) - 1, 12)
    quantity = np.maximum(quantity, 1)
    inflation = 1 + 0.02 * (at[order] - settings.start) / (365 * DAY)
    price = np.maximum(np.round(world.price[product] * inflation / fx[order]), 1).astype(np.int64)
    appetite = segment_table(settings, "discount")[people.segment[buyer]]
    promotion = world.is_promotion[day_index(settings, at[order])]
    discounted = rng.random(len(order)) < np.clip(
        appetite * np.where(promotion, 1.1, 0.45), 0, 0.95
    )
    cut = np.where(discounted, rng.uniform(0.05, 0.35, len(order)), 0)
    discount = np.round(price * quantity * cut).astype(np.int64)
    return Lines(order, line, product, quantity, price, discount, price * quantity - discount)


def order_frames(
    settings: Settings,
    world: World,
    people: People,
    accounts: Accounts,
    orders: Orders,
    lines: Lines,
    campaign: np.ndarray,
    coupon: np.ndarray,
    block: int,
) -> tuple[dict[str, Frame], dict[str, Frame]]:
    """The raw tables orders and order_items, and the truth about guests."""
    rng = settings.stream(block, "order rows")
    rates = settings.rates
    count = len(orders)
    everything = np.arange(count)
    is_guest = orders.account < 0
    silent = rng.random(count) < np.where(
        orders.channel == STORE, GUESTS_SILENT_IN_STORE, rates["identity"]["guest_without_contact"]
    )
    with_email = is_guest & ~silent & (orders.channel != STORE) & (rng.random(count) < 0.7)
    with_phone = is_guest & ~silent & ((rng.random(count) < 0.6) | ~with_email)
    email = np.where(with_email, words(accounts.emails, orders.who), None)
    phone = np.where(with_phone, words(accounts.phones, orders.who), None)
    slips = rng.random(count) < rates["identity"]["typo_probability"]
    for i in np.flatnonzero(with_email & slips):
        email[i] = mistyped(rng, email[i], 1, email[i].index("@") - 1)
    for i in np.flatnonzero(with_phone & slips):
        phone[i] = mistyped(rng, phone[i], 3, 10)
    header = orders.net.copy()
    differs = rng.random(count) < rates["orders"]["header_differs_share"]
    header[differs] = np.maximum(
        header[differs] + rng.choice([-500, -100, 200, 700], differs.sum()), 0
    )
    without = rng.random(count) < rates["orders"]["without_lines_share"]
    names = accounts.names(orders.account)
    touched = np.maximum(orders.seen_end(), np.maximum(orders.shipped_at, orders.at))
    loaded = (touched // DAY + 1) * DAY + 2 * 3600 + (orders.number % 1800)
    frame = Frame(
        {
            "order_id": orders.ids(everything),
            "source_system": words(vocab.SYSTEMS, orders.channel),
            "ordered_at": seconds(orders.at),
            "channel": words(vocab.CHANNELS, orders.channel),
            "status": words(STATUSES, orders.status),
            "account_id": names["account_id"],
            "guest_email": email,
            "guest_phone": phone,
            "store_id": Ids("S", np.where(orders.store >= 0, orders.store + 1, MISSING)),
            "currency": words(list(CURRENCIES), orders.currency),
            "gross_amount": Cents(orders.gross),
            "discount_amount": Cents(orders.discount),
            "shipping_amount": Cents(orders.shipping),
            "tax_amount": Cents(orders.tax),
            "net_amount": Cents(header),
            "coupon_code": Ids("SAVE", coupon),
            "campaign_id": Ids("C", np.where(campaign >= 0, campaign + 1, MISSING)),
            "associate_id": Ids(
                "E", np.where(orders.associate >= 0, orders.associate + 1, MISSING)
            ),
            "device_id": device_words(orders.device),
            "shipped_at": seconds(orders.shipped_at),
            "promised_at": seconds(orders.promised_at),
            "delivered_at": seconds(orders.delivered_at),
            "_loaded_at": seconds(loaded),
        }
    )
    listed = ~without[lines.order]
    lines = Lines(**{f.name: getattr(lines, f.name)[listed] for f in fields(Lines)})
    fx = orders.fx[lines.order]
    cost = world.cost[lines.product]
    local_cost = np.where(cost == MISSING, MISSING, np.round(cost / fx)).astype(np.int64)
    items = Frame(
        {
            "order_id": orders.ids(lines.order),
            "line_number": lines.line,
            "product_id": Ids("P", lines.product + 1),
            "quantity": lines.quantity,
            "net_amount": Cents(lines.net),
            "unit_price": Cents(lines.unit_price),
            "discount_amount": Cents(lines.discount),
            "unit_cost": Cents(local_cost),
            "_loaded_at": seconds(loaded[lines.order]),
        }
    )
    guests = np.flatnonzero(is_guest)
    truth = {
        "guest_orders": Frame(
            {
                "order_id": orders.ids(guests),
                "person_id": people.number[orders.who[guests]] + 1,
                "has_contact": (with_email | with_phone)[guests],
            }
        ),
        "order_quirks": Frame(
            {
                "order_id": orders.ids(np.flatnonzero(differs | without)),
                "quirk": np.where(without, "without_lines", "header_differs").astype(object)[
                    differs | without
                ],
            }
        ),
    }
    return {"orders": frame, "order_items": items}, truth
