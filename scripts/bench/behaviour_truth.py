"""Attribution and conversion drivers against the simulator's truth, on a warehouse built from its data.

python -m scripts.bench.behaviour_truth WAREHOUSE TRUTH_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np

from scripts.bench.truth import truth_table

PLANTED = [  # goal, factor, level, effect in planted_effects
    ("view_to_order", "page_load", "slow", "slow_page"),
    ("checkout_to_order", "checkout_error", "PAY-502", "device_bug"),
    ("view_to_order", "variant", "one_page_checkout", "one_page_checkout"),
    ("view_to_order", "variant", "long_copy", "long_copy (decoy)"),
    ("view_to_order", "page_error", "IMG-404", "image_error (decoy)"),
]


def attribution(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[tuple]:
    """Per model: credit for caused orders, where it went, and the error of the channels' shares."""
    connection.execute(f"""
        create or replace temp table caused as
        select causes.order_id, 'campaign_touches:' || causes.cause_id as touchpoint_id, touches.channel
        from {truth_table(truth, 'order_causes')} as causes
        join marts.orders using (order_id)
        join marts.touchpoints as touches
            on touches.touchpoint_id = 'campaign_touches:' || causes.cause_id
        where causes.cause = 'touch'
    """)
    return connection.execute(f"""
        with decoys as (
            select 'campaign_touches:' || touch_id as touchpoint_id from {truth_table(truth, 'decoy_touches')}
        ),
        channels as (select channel from caused union select channel from marts.touchpoints where source_table = 'campaign_touches'),
        credit as (
            select a.*, c.touchpoint_id as true_touch, d.touchpoint_id is not null as is_decoy
            from marts.attributed_orders a left join caused c using (order_id)
            left join decoys d on a.touchpoint_id = d.touchpoint_id
        ),
        per_channel as (
            select model, channels.channel, coalesce(sum(credit.credit), 0) as got
            from (select distinct model from credit) m cross join channels
            left join credit using (model, channel) group by all
        ),
        shares as (
            select model, channel, got / sum(got) over (partition by model) as share,
                coalesce(n, 0) / (select count(*) from caused) as true_share
            from per_channel left join (select channel, count(*) as n from caused group by all) using (channel)
        )
        select
            model,
            (select count(*) from caused) as caused_orders,
            round(sum(credit) filter (channel not in ('(unattributed)', 'direct', 'organic_search', 'organic_social', 'referral')), 0) as credited_orders,
            round(sum(credit) filter (true_touch = touchpoint_id) / (select count(*) from caused), 3) as to_true_touch,
            round(sum(credit) filter (is_decoy) / sum(credit) filter (channel not in ('(unattributed)', 'direct', 'organic_search', 'organic_social', 'referral')), 3) as decoy_share,
            (select round(sum(abs(share - true_share)) / 2, 3) from shares where shares.model = credit.model) as share_error
        from credit group by model order by share_error, model
    """).fetchall()  # fmt: skip


def incremental(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[tuple]:
    """Per channel whose effect can be told, and all of them: orders that its touches caused, and what the mart says they added."""
    return connection.execute(f"""
        with caused as (
            select touches.channel, count(*) as caused_orders
            from {truth_table(truth, 'order_causes')} as causes
            join marts.orders using (order_id)
            join marts.touchpoints as touches on touches.touchpoint_id = 'campaign_touches:' || causes.cause_id
            where causes.cause = 'touch' and orders.status != 'cancelled'
            group by touches.channel
        ),
        both_sides as (
            select *, case when is_total then (select sum(caused_orders) from caused) else coalesce(caused_orders, 0) end as true_orders
            from marts.incremental_attribution left join caused using (channel)
            where period = 'all' and verdict in ('adds_orders', 'takes_orders', 'not_shown')
        )
        select channel, true_orders, round(incremental_orders), round(orders_low), round(orders_high), verdict
        from both_sides order by is_total, true_orders desc, channel
    """).fetchall()  # fmt: skip


def rank_correlation(first: list[float], second: list[float]) -> float:
    """Spearman's, equal values sharing their mean rank."""
    ranks = [
        np.array([sum(other < value for other in values) + sum(other == value for other in values) / 2 for value in values])
        for values in (first, second)
    ]
    return float(np.corrcoef(*ranks)[0, 1])


def main() -> None:
    """Print all comparisons."""
    warehouse, truth = sys.argv[1], Path(sys.argv[2])
    connection = duckdb.connect(warehouse, read_only=True)
    print("model | orders caused | orders credited to marketing | to the true touch | of it to decoys | share error")
    for row in attribution(connection, truth):
        print(" | ".join(str(value) for value in row))
    reachable = connection.execute("""
        select count(*) filter (t.customer_id = o.customer_id) / count(*), count(*)
        from caused join marts.orders o using (order_id) join marts.touchpoints t using (touchpoint_id)
    """).fetchone()
    print(f"ceiling: {reachable[0]:.3f} of {reachable[1]} causing touches are known to be the buyer's")
    print("channel | orders caused | orders added, by the mart | low | high | verdict")
    rows = incremental(connection, truth)
    for row in rows:
        print(" | ".join(str(value) for value in row))
    channels, totals = rows[:-1], rows[-1:]
    for total in totals:
        inside = sum(row[3] <= row[1] <= row[4] for row in channels)
        order = rank_correlation([row[1] for row in channels], [row[2] for row in channels])
        print(f"added / caused: {total[2] / total[1]:.2f}; order of channels (Spearman): {order:.2f}; {inside} of {len(channels)} intervals hold")
    print("goal | factor | level | planted | exposed | odds ratio | q | adjusted | adjusted q | direction | within people | reading")
    for goal, factor, level, name in PLANTED:
        row = connection.execute(
            """select exposed, round(odds_ratio, 2), round(q_value, 4), round(adjusted_odds_ratio, 2),
            round(adjusted_q_value, 4), direction, round(within_difference, 3), reading from marts.conversion_drivers
            where goal = ? and factor = ? and level = ?""",
            [goal, factor, level],
        ).fetchone()
        print(" | ".join(str(value) for value in (goal, factor, level, name, *(row or ["absent"]))))
    others = connection.execute("""
        select count(*) filter (direction in ('raises', 'lowers')), count(*)
        from marts.conversion_drivers where factor = 'entry_source' and not is_reference
    """).fetchone()
    print(f"entry sources, drawn at random for each visit, called an effect: {others[0]} of {others[1]}")


if __name__ == "__main__":
    main()
