"""A shop's orders, contacts and held-out people, and the models of incremental attribution built on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tests.python.behaviour_project import MACROS, BehaviourProject

FIRST = date(2024, 1, 1)
DAYS = 168
MODELS = [
    "int_incremental_days", "int_incremental_contacts", "int_incremental_channels", "int_incremental_stocks",
    "int_incremental_orders", "int_incremental_sums", "int_incremental_fits", "int_incremental_judgements",
    "int_incremental_assigned", "int_incremental_lots", "int_incremental_experiments", "int_incremental_draws",
    "int_incremental_evidence", "int_incremental_effects", "int_incremental_credits", "int_incremental_reached",
    "incremental_attribution",
]  # fmt: skip
KINDS = {"display_ad": "campaign_impression"}  # the others send


def project(
    folder: Path, orders: list[tuple], contacts: list[tuple], people: int, lots: Sequence[tuple] = (), flags: Sequence[tuple] = (), **changes: object
) -> BehaviourProject:
    """The models of this mart on these orders and contacts, built.

    orders    (id, person, sales channel, at); person None: nobody knows
    contacts  (person, channel, at)
    lots      (action, person, is treated, channel, at, days of the window, orders before)
    flags     per action what action_performance says: (action, measurement, orders verdict, small sample, interference)
    """
    made = BehaviourProject(folder, MODELS, macros=[*MACROS, "actions"])
    made.copy_seed("contact_moments")
    made.seed(
        "orders",
        {"order_id": "string", "customer_id": "string", "channel": "string", "status": "string", "net_revenue": "decimal(18,2)",
         "ordered_at": "timestamp", "ordered_on": "date"},
        [(key, person and f"p{person}", channel, "completed", "10.00", at.isoformat(" "), at.date()) for key, person, channel, at in orders],
    )  # fmt: skip
    touches = [
        (person, f"p{person}", f"t{number}", KINDS.get(channel, "campaign_send"), channel, True, at.isoformat(" "))
        for number, (person, channel, at) in enumerate(contacts)
    ]
    # one advert in five more was seen by somebody whom nobody knows
    adverts = sum(row[4] == "display_ad" for row in touches)
    touches += [(None, None, f"u{number}", "campaign_impression", "display_ad", True, f"{FIRST} 12:00:00") for number in range(adverts // 5)]
    made.seed(
        "int_touchpoints",
        {"person_number": "bigint", "customer_id": "string", "touchpoint_id": "string", "touchpoint_type": "string", "channel": "string",
         "is_primary": "boolean", "occurred_at": "timestamp"},
        touches,
    )  # fmt: skip
    made.view("int_touches_numbered", "select * from {{ ref('int_touchpoints') }} where person_number is not null")
    made.seed("int_people_numbered", {"person_key": "string", "person_number": "bigint"}, [(f"p{n}", n) for n in range(1, people + 1)])
    made.seed(
        "int_consent_current", {"customer_id": "string", "has_analytics_consent": "boolean"},
        [(f"p{n}", True) for n in range(1, people + 1)],
    )  # fmt: skip
    made.seed("int_attribution_touches", {"touchpoint_id": "string", "channel": "string"}, [("v1", "direct"), ("v2", "email")])
    made.seed(
        "int_marketing_money_days", {"model": "string", "channel": "string", "happened_on": "date", "cost": "double"},
        [("(spend)", "email", "2024-01-05", 40.5), ("linear", "email", "2024-01-05", 0.0)],
    )  # fmt: skip
    made.seed("stg_commerce__as_of", {"as_of": "date"}, [(FIRST + timedelta(days=DAYS),)])
    made.seed(
        "int_action_outcomes",
        {"action_log_id": "string", "action": "string", "customer_id": "string", "is_treated": "boolean", "is_first": "boolean",
         "is_matured": "boolean", "value_horizon_days": "int", "pre_orders": "bigint", "acted_at": "timestamp", "acted_on": "date"},
        [
            (f"a{number}", action, f"p{person}", treated, True, True, days, before, at.isoformat(" "), at.date())
            for number, (action, person, treated, _, at, days, before) in enumerate(lots)
        ],
    )  # fmt: skip
    made.seed(
        "int_effect_assignments", {"action_log_id": "string", "channel": "string"},
        [(f"a{number}", row[3]) for number, row in enumerate(lots)],
    )  # fmt: skip
    made.seed(
        "action_performance",
        {"action": "string", "measurement": "string", "orders_verdict": "string", "is_small_sample": "boolean",
         "has_interference": "boolean", "period": "string", "segment": "string"},
        [(*row, "all", "all") for row in flags],
    )  # fmt: skip
    made.build(incremental_contacts_at_least=100, incremental_replicates=40, timezone="UTC", **changes)
    return made
