"""What follows an order: payments and returns."""

from __future__ import annotations

import numpy as np

from .frame import MISSING, Cents, Frame, Ids, constant, seconds, words
from .orders import CANCELLED, COMPLETED, PLACED, STORE, Lines, Orders, order_stride
from .people import People
from .settings import DAY, Settings
from .world import CURRENCIES

METHODS = [
    "wechat_pay",
    "alipay",
    "card",
    "cash",
    "points",
    "gift_card",
    "instalment",
    "bank_transfer",
    "other",
]
CASH = METHODS.index("cash")
REASONS = ["damaged", "too_late", "not_as_described", "changed_mind", "wrong_item"]


def make_returns(
    settings: Settings, people: People, orders: Orders, lines: Lines, block: int
) -> tuple[dict[str, Frame], np.ndarray, np.ndarray]:
    """Returns as a table, the refund per order and the days that the refund took."""
    rng = settings.stream(block, "returns")
    count = len(orders)
    rate = settings.rates["orders"]["return_share"] * np.where(orders.delay_days > 2, 2.5, 1.0)
    done = np.flatnonzero(
        (orders.status == COMPLETED) & (rng.random(count) < rate) & (orders.net > 0)
    )
    kind = rng.choice(3, len(done), p=[0.35, 0.45, 0.20])  # whole order, one line, exchange
    start = np.searchsorted(lines.order, done, "left")
    size = np.searchsorted(lines.order, done, "right") - start
    pick = start + rng.integers(0, 1 << 20, len(done)) % np.maximum(size, 1)
    waited = rng.gamma(2.0, 2.5, len(done)) + 0.5
    at = orders.seen_end()[done] + (waited * DAY).astype(np.int64)
    whole = kind == 0
    quantity = np.where(whole, MISSING, 1 + rng.integers(0, 12, len(done)) % lines.quantity[pick])
    share = lines.net[pick] * np.where(whole, 1, quantity) // lines.quantity[pick]
    refund = np.where(whole, orders.net[done], share)
    refund = np.where(kind == 2, np.where(rng.random(len(done)) < 0.3, refund // 5, 0), refund)
    reason = np.where(orders.delay_days[done] > 2, 1, rng.choice([0, 2, 3, 4], len(done)))
    seen = at < settings.end
    done, at, whole, kind = done[seen], at[seen], whole[seen], kind[seen]
    pick, quantity, refund, reason = pick[seen], quantity[seen], refund[seen], reason[seen]
    refunded = np.bincount(done, weights=refund, minlength=count).astype(np.int64)
    hassle = np.zeros(count)
    hassle[done] = waited[seen]
    number = block * order_stride(settings) + 1 + np.arange(len(done))
    frame = Frame(
        {
            "return_id": Ids("R", number),
            "order_id": orders.ids(done),
            "returned_at": seconds(at),
            "refund_amount": Cents(refund),
            "line_number": np.where(whole, MISSING, lines.line[pick]),
            "product_id": Ids("P", np.where(whole, MISSING, lines.product[pick] + 1)),
            "quantity": quantity,
            "return_type": words(["refund", "exchange"], (kind == 2).astype(int)),
            "reason": words(REASONS, reason),
            "_loaded_at": seconds((at // DAY + 1) * DAY + 8_000),
        }
    )
    return {"returns": frame}, refunded, hassle


def make_payments(
    settings: Settings, orders: Orders, refunded: np.ndarray, block: int
) -> dict[str, Frame]:
    """Captured payments cover goods, shipping and tax; failed attempts and refunds come along."""
    rng = settings.stream(block, "payments")
    rates = settings.rates["orders"]
    due = orders.net + orders.shipping + orders.tax
    count = len(due)
    usual = rng.choice(len(METHODS), count, p=[0.38, 0.3, 0.16, 0.02, 0.01, 0.02, 0.05, 0.03, 0.03])
    usual = np.where((orders.channel == STORE) & (rng.random(count) < 0.25), CASH, usual)
    usual = np.where((orders.currency > 0) & (rng.random(count) < 0.8), 2, usual)
    is_open = (orders.status == PLACED) & (rng.random(count) < 0.5)
    paid = ~((orders.status == CANCELLED) & (rng.random(count) < 0.5)) & ~is_open
    split = paid & (rng.random(count) < rates["split_payment_share"]) & (due > 2000)
    first = np.where(split, (due * rng.uniform(0.1, 0.5, count)).astype(np.int64), 0)
    every, some = np.flatnonzero(paid), np.flatnonzero(split)
    failed = np.flatnonzero(rng.random(count) < rates["failed_payment_share"])
    back = np.flatnonzero(
        (refunded > 0) & (rng.random(count) < 0.9) | paid & (orders.status == CANCELLED)
    )
    order = np.concatenate([every, some, failed, back])
    method = np.concatenate(
        [usual[every], np.where(rng.random(len(some)) < 0.5, 4, 5), usual[failed], usual[back]]
    )
    back_amount = np.where(orders.status[back] == CANCELLED, due[back], refunded[back])
    amount = np.concatenate([(due - first)[every], first[some], due[failed], back_amount])
    waiting = (orders.status == PLACED)[every]
    status = np.concatenate(
        [
            np.where(waiting, 0, 1),
            np.full(len(some), 1),
            np.full(len(failed), 2),
            np.full(len(back), 3),
        ]
    )
    delay = np.concatenate(
        [
            rng.integers(20, 400, len(every)),
            rng.integers(5, 20, len(some)),
            rng.integers(1, 15, len(failed)),
            rng.integers(3 * DAY, 20 * DAY, len(back)),
        ]
    )
    in_shop = (orders.channel == STORE)[order] & (status != 3)
    at = orders.at[order] + np.where(in_shop, 0, delay)
    keep = at < settings.end
    number = block * order_stride(settings) * 2 + 1 + np.arange(len(order))
    return {
        "payments": Frame(
            {
                "payment_id": Ids("Y", number),
                "order_id": orders.ids(order),
                "method": words(METHODS, method),
                "amount": Cents(amount),
                "paid_at": seconds(at),
                "status": words(["authorised", "captured", "failed", "refunded"], status),
                "currency": np.where(
                    orders.currency[order] > 0,
                    words(list(CURRENCIES), orders.currency[order]),
                    constant("CNY", len(order)),
                ),
                "_loaded_at": seconds((at // DAY + 1) * DAY + 7_200),
            }
        ).take(keep)
    }
