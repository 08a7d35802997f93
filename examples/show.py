"""What an example prints from its warehouse, and how it compares with the source."""

from __future__ import annotations

import sys

import duckdb


def show_rfm(connection: duckdb.DuckDBPyConnection, source_revenue_sql: str) -> int:
    """Print the RFM segments and compare the revenue with the source's; returns the exit code."""
    segments = connection.execute("""
        select
            segments.label_en, segments.label_zh, count(*) as customers,
            round(100 * count(*) / sum(count(*)) over (), 1) as share,
            sum(rfm.monetary) as revenue,
            round(median(rfm.recency_days)) as days, round(avg(rfm.frequency), 1) as orders
        from marts.customer_rfm as rfm
        inner join reference.rfm_segments as segments on rfm.segment = segments.segment
        group by segments.label_en, segments.label_zh, segments.display_order
        order by segments.display_order
    """).fetchall()
    revenue = connection.execute("select sum(net_amount) from marts.orders").fetchall()[0][0]
    source = duckdb.connect().execute(source_revenue_sql).fetchall()[0][0]

    print(f"\n{'segment':20} {'':10} {'customers':>10} {'share':>7} {'revenue':>15} {'recency':>8} {'orders':>7}")
    for english, chinese, customers, share, money, days, orders in segments:
        print(f"{english:20} {chinese:10} {customers:>10,} {share:>6}% {money:>15,} {days:>6.0f} d {orders:>7}")
    print()
    show_raw_rows(connection)
    show_value(connection)
    print(f"revenue in the warehouse {revenue:,} · in the source {source:,}")
    if revenue != source:
        print("the revenues differ", file=sys.stderr)
        return 1
    return 0


def show_value(connection: duckdb.DuckDBPyConnection) -> None:
    """Print how the models of value did on the time held out, and the groups with the reason of their number."""
    print("model           orders foreseen  revenue  rmse     best tenth  interval  of revenue")
    for model, orders, money, rmse, best, interval, of_money, used in connection.execute("""
        select
            model, predicted_share_of_actual, cast(predicted_value as double) / nullif(cast(actual_value as double), 0),
            rmse, top_decile_capture, interval_coverage, value_interval_coverage, is_used
        from marts.clv_validation
        where slice_type = 'all'
        order by is_used desc, model
    """).fetchall():
        shares = [f"{value:.1%}" for value in (orders, money, best, interval, of_money)]
        print(
            f"{model:15} {shares[0]:>15} {shares[1]:>8}  {rmse:<8.3f} {shares[2]:>10} {shares[3]:>9} {shares[4]:>11}"
            f"{'  used' if used else ''}"
        )
    for segmentation, reason in connection.execute(
        "select segmentation, reason from marts.segmentation_quality where is_used order by segmentation"
    ).fetchall():
        print(f"\n{segmentation}: {reason}")
        for label, chinese, share, _ in connection.execute(
            "select distinct label, label_zh, share, cluster from marts.segment_profiles"
            " where segmentation = ? order by cluster",
            [segmentation],
        ).fetchall():
            print(f"{share:>7.1%}  {label} · {chinese}")
    print()


def show_recommendations(connection: duckdb.DuckDBPyConnection, source_revenue_sql: str) -> int:
    """Print how the recommendations did in their trial, then the RFM segments; returns the exit code."""
    print("\nanswer      model            households  hit@10  precision  recall  NDCG@10  coverage  novelty")
    for answer, model, people, *measures, novelty, published in connection.execute("""
        select answer, model, trial_customers, hit_rate, precision, recall, ndcg, coverage, novelty, is_published
        from marts.recommendation_performance
        where item_type = 'product' and k = 10
        order by answer desc, role desc, ndcg desc
    """).fetchall():
        figures = "  ".join(f"{value:7.4f}" for value in measures)
        bits = "-" if novelty is None else f"{novelty:.2f}"
        print(f"{answer:11} {model:15} {people:>11,} {figures} {bits:>9}{'  published' if published else ''}")
    for (conclusion,) in connection.execute(
        "select conclusion from marts.recommendation_performance"
        " where item_type = 'product' and k = 10 and is_published order by answer desc"
    ).fetchall():
        print(conclusion)
    return show_rfm(connection, source_revenue_sql)


def show_raw_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Print what became of the raw rows, and why some stand in quarantine."""
    rows = connection.execute(
        "select sum(raw_rows), sum(quarantined_rows), sum(duplicate_rows)"
        " from marts.source_reconciliation"
    ).fetchall()[0]
    reasons = connection.execute(
        "select source_table, reasons, count(*) from marts.quarantined_records"
        " group by all order by 3 desc, 1, 2"
    ).fetchall()
    print(f"raw rows {rows[0]:,} · quarantined {rows[1]:,} · duplicates {rows[2]:,}")
    for table, reason, count in reasons:
        print(f"  {count:>8,}  {table}  {reason}")


def show_behaviour(connection: duckdb.DuckDBPyConnection, source_counts_sql: str) -> int:
    """Print visits, funnel, transitions and drivers; compare the counts with the source's."""
    print("\nvisits by half-month   visits  checkouts  reach payment  of these buy  bug shown  payment error")
    for row in connection.execute("""
        select
            case when day(started_on) < 16 then strftime(started_on, '%Y-%m, 1st half')
                else strftime(started_on, '%Y-%m, 2nd half') end as half,
            count(*), count(*) filter (where checkout_count > 0),
            round(100 * count(*) filter (where checkout_count > 0 and payment_count > 0)
                / nullif(count(*) filter (where checkout_count > 0), 0), 1),
            round(100 * count(*) filter (where payment_count > 0 and purchase_count > 0)
                / nullif(count(*) filter (where payment_count > 0), 0), 1),
            count(*) filter (where checkout_error_code = 'checkout_bug'),
            count(*) filter (where checkout_error_code = 'payment_error')
        from marts.sessions
        group by half
        order by half
    """).fetchall():
        print("{:20} {:>8,} {:>10,} {!s:>13}% {!s:>12}% {:>10,} {:>14,}".format(*row).replace("None%", "     "))

    print("\nfunnel web_checkout       people   of step 1   move on")
    for label, people, share, rate in connection.execute("""
        select label_en, entered, share_of_entries, conversion_rate
        from marts.funnel_steps
        where funnel = 'web_checkout' and breakdown = '(all)'
        order by step
    """).fetchall():
        print(f"{label:20} {people:>11,} {share:>11.1%} {'' if rate is None else format(rate, '.1%'):>9}")

    print("\nmost frequent transitions within visits    count   of all from the step")
    for row in connection.execute("""
        select
            from_step, to_step, sum(transitions) as hops,
            100 * sum(transitions) / sum(sum(transitions)) over (partition by from_step) as share
        from marts.path_transitions
        where path_kind = 'session' and anchor = 'start'
        group by from_step, to_step
        order by hops desc, from_step, to_step
        limit 12
    """).fetchall():
        print("{:>18} > {:18} {:>8,.0f} {:>21.1f}%".format(*row))

    print("\nwhat raises or lowers conversion                    visits    rate   against   adjusted odds")
    for goal, factor, level, visits, rate, against, odds, low, high in connection.execute("""
        select
            levels.goal, levels.factor, levels.level, levels.exposed, levels.rate, reference_levels.rate,
            levels.adjusted_odds_ratio, levels.adjusted_ci_low, levels.adjusted_ci_high
        from marts.conversion_drivers as levels
        inner join marts.conversion_drivers as reference_levels
            on levels.goal = reference_levels.goal and levels.factor = reference_levels.factor
            and reference_levels.is_reference
        inner join reference.driver_goals as goals on levels.goal = goals.goal
        where levels.direction in ('raises', 'lowers')
        order by goals.stage, levels.adjusted_odds_ratio
    """).fetchall():
        odds_text = f"{odds:.2f} ({low:.2f} to {high:.2f})"
        print(f"{goal:17} {factor:15} {level:16} {visits:>7,} {rate:>7.1%} {against:>9.1%}   {odds_text}")

    print()
    show_raw_rows(connection)
    built = connection.execute("""
        select
            (select count(*) from marts.touchpoints where source_table = 'web_events'),
            (select count(*) from marts.sessions),
            (select count(*) from marts.orders)
    """).fetchall()[0]
    source = duckdb.connect().execute(source_counts_sql).fetchall()[0]
    for name, ours, theirs in zip(("events", "sessions", "purchases"), built, source, strict=True):
        print(f"{name} in the warehouse {ours:,} · in the source {theirs:,}")
    if built != source:
        print("the counts differ", file=sys.stderr)
        return 1
    return 0
