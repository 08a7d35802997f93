"""Truth of no single customer: planted effects, driver weights, product pairs, counts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from . import vocabulary as vocab
from .feedback import DRIVERS
from .frame import Frame, Ids
from .marketing import ACTIONS
from .settings import Settings
from .world import World, make_world
from .writer import Writer

NAMES = ("planted_counts", "driver_weights", "planted_effects", "products_truth")
# rates differ by person and people leave; returns come by chance
BUYING = {"orders_365d": 1.0, "silence": -1.0, "return_share": 0.0}


def write(
    settings: Settings,
    folder: Path,
    file_format: str,
    rows: Counter[str],
    planted: Counter[tuple[str, str, str]],
) -> None:
    """Write the tables of this module."""
    writer = Writer({}, file_format, is_typed=False)
    world = make_world(settings)
    frames = {
        "planted_counts": _counts(rows, planted),
        "driver_weights": _weights(settings),
        "planted_effects": _effects(settings),
        "products_truth": _products(world),
    }
    for name, frame in frames.items():
        writer.write_truth(frame, folder / f"{name}.{file_format}")


def _table(columns: list[str], rows: list[tuple]) -> Frame:
    """A small frame from rows of text and numbers."""
    parts = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    frame = {}
    for name, values in zip(columns, parts, strict=True):
        is_text = not values or isinstance(values[0], str)
        frame[name] = np.array(values, dtype=object if is_text else None)
    return Frame(frame)


def _counts(rows: Counter[str], planted: Counter[tuple[str, str, str]]) -> Frame:
    """All rows of each table, then the planted ones by kind."""
    listed = [(table, "all_rows", "", count) for table, count in sorted(rows.items())]
    listed += [
        (table, kind, expected, count)
        for (table, kind, expected), count in sorted(planted.items())
        if table in rows
    ]
    return _table(["table_name", "kind", "expected", "row_count"], listed)


def _weights(settings: Settings) -> Frame:
    """What moves the scores, per metric; zero marks a decoy."""
    rates = settings.rates["satisfaction"]
    rows = []
    for metric, scale in (("nps", 1.5), ("review", 0.7)):
        rows += [(metric, name, float(rates[name]), float(rates[name] * scale)) for name in DRIVERS]
    for metric, scale, again in (("csat", 0.75, 0.5), ("ces", 1.1, 0.8)):
        rows.append(
            (
                metric,
                "resolution_time",
                float(rates["resolution_time"]),
                rates["resolution_time"] * scale,
            )
        )
        rows.append((metric, "reopened_count", again, again * scale))
        rows += [
            (metric, name, 0.0, 0.0) for name in ("delivery_delay", "discount_share", "order_value")
        ]
    rows.append(("review", "product_quality", 0.6, 0.6))
    rows = [(metric, name, weight, round(points, 4)) for metric, name, weight, points in rows]
    return _table(["metric", "driver", "weight", "points_per_unit"], rows)


def _effects(settings: Settings) -> Frame:
    """Uplifts and odds that were planted, decoys among them."""
    rates = settings.rates
    rows = [
        ("action", name, float(rates["actions"][name]), rates["actions"][name] == 0)
        for name in ACTIONS
    ]
    for name in ACTIONS:  # by segment where they differ; what puts off is a share of the coming orders
        factors = rates["action_segments"][name]
        if len(set(factors)) > 1 or min(factors) < 0:
            for segment, factor in zip(rates["segments"], factors, strict=True):
                size = factor * rates["actions"]["put_off" if factor < 0 else name]
                rows.append(("action_segment", f"{name} {segment}", float(size), size == 0))
    if rates["actions"]["interference"]:
        pair = f"{rates['actions']['interfered']} after {rates['actions']['interfering']}"
        rows.append(("action_interference", pair, -float(rates["actions"]["interference"]), False))
    for name, value in rates["uplift"].items():
        decoy = name.endswith("_before_order")
        rows.append(("touch", name, 0.0 if decoy else float(value), decoy or value == 0))
    funnel = rates["funnel"]
    for name in ("slow_page", "device_bug", "one_page_checkout", "long_copy"):
        rows.append(("funnel_log_odds", name, float(funnel[name]), funnel[name] == 0))
    rows.append(("funnel_log_odds", "image_error", 0.0, True))
    # inputs of the propensities (seed prediction_inputs) that go with the chance of an order, and some that do not
    rows += [("order_chance", name, way, way == 0) for name, way in BUYING.items()]
    demand = rates["demand"]
    if demand["shock_share"] > 0:
        days = f"{demand['shock_first_day']} for {demand['shock_weeks']} weeks"
        name = f"{demand['shock_category']} from {days}"
        rows.append(("demand_shock", name, float(demand["shock_share"]), False))
    return _table(["effect", "name", "size", "is_decoy"], rows)


def _products(world: World) -> Frame:
    """Quality and partner of each product."""
    count = len(world.price)
    return Frame(
        {
            "product_id": Ids("P", np.arange(1, count + 1)),
            "partner_product_id": Ids("P", world.partner + 1),
            "category": np.array([vocab.CATEGORIES[c][0] for c in world.category], dtype=object),
            "quality": np.round(world.quality, 3),
        }
    )
