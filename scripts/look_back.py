"""Would the predictions have come true? Builds a past day from your data and compares with what came after it.

    make look-back ARGS="--raw 'data/mine/{table}.parquet'"
    make look-back ARGS="--raw 'data/mine/{table}.parquet' --as-of 2025-03-01 --vars '{base_currency: EUR}'"
    make look-back ARGS="--example complete_journey"

Two warehouses are built in target/look_back: the present with the orders of all your data, and the past,
which is built `as_of` a day before their end (by default after 65 % of the time from the first to the last order)
and knows nothing that happened later. Then, for everybody who was predicted:

    propensities     cases foretold and cases that came, AUC, lift of the top tenth, mean error of calibration (and by chance)
    survival         share foretold without an order after so many months, and the share that came
    order days       days with an order foretold by the purchase model, and those that came
    recommendations  share of buyers of something new, or of something again, who bought one of the ten shown
    demand           weekly forecasts beside what was sold: error, error of the last week repeated, coverage of the intervals

What happened before the day counts as known, even where its row was delivered again later (var as_of_known_by: event).
Whoever has asked for erasure or withdrawn a consent since the day is treated as of today: what they took back is not looked back at.
Both warehouses are deleted at the end, unless --keep says that you want to look into them.
Targets whose horizon ends after the data are left out and named. People are matched by their accounts, because two who
were one person later may have been two then. The environment is that of a build (CUSTOMER360_SALT, CUSTOMER360_MEMORY).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "look_back"
PRESENT = ["+orders", "+order_lines", "+customer_accounts", "+stg_commerce__subscriptions"]
PAST = ["+path:models/marts/prediction", "+path:models/marts/recommendation", "+customer_clv", "+customer_accounts"]
SHARE = 0.65  # of the time between first and last order lies before the day looked back from
TENTHS = 10
SHOWN = 10  # recommendations that count
SHOWN_DAYS = 90  # in which something shown is to be bought


class Refused(Exception):
    """What cannot be done, and how to mend it, in one line."""


def build(select: list[str], warehouse: Path, settings: dict[str, Any]) -> None:
    """Build part of the project into a new warehouse, without tests."""
    warehouse.unlink(missing_ok=True)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "build", "--select", *select]
        + ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        + ["--target-path", str(WORK / warehouse.stem), "--vars", json.dumps(settings)],
        cwd=ROOT,
        env={**os.environ, "CUSTOMER360_WAREHOUSE": str(warehouse)},
        check=False,
    )
    if done.returncode:
        raise Refused(f"the build of {warehouse.name} ended with {done.returncode}; its errors stand above")


class Comparison:
    """The past warehouse beside the present one, and what is asked of both."""

    def __init__(self, past: Path, present: Path, product_level: str) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"attach '{past}' as past (read_only)")
        self.connection.execute(f"attach '{present}' as present (read_only)")
        self.as_of, self.until = self.rows(
            "select (select max(as_of) from past.staging.stg_commerce__as_of),"
            " (select max(as_of) from present.staging.stg_commerce__as_of)"
        )[0]
        self.item = "product_id" if product_level == "product" else product_level
        # what came: orders and lines after the day, by the customer of the past
        self.connection.execute("""
            create table came as
            select accounts.customer_id, orders.order_id, cast(orders.ordered_on - $1 as int) as days_after
            from present.marts.orders as orders
            inner join past.marts.customer_accounts as accounts using (account_key)
            where orders.ordered_on >= $1 and orders.customer_order_number is not null
        """, [self.as_of])  # fmt: skip
        self.connection.execute("""
            create table bought as
            select came.*, lines.product_id, lines.subcategory, lines.category
            from came inner join present.marts.order_lines as lines using (order_id)
            where not lines.is_balancing_line
        """)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query, list(values)).fetchall()

    def has(self, mart: str) -> bool:
        """Whether the past has this mart with rows."""
        found = self.rows(
            "select 1 from duckdb_tables() where database_name = 'past' and schema_name = 'marts' and table_name = ?", mart
        )
        return bool(found) and self.rows(f"select count(*) from past.marts.{mart}")[0][0] > 0

    def close(self) -> None:
        """Let go of both warehouses."""
        self.connection.close()

    def days_known(self) -> int:
        """Days of the present that follow the day looked back from."""
        return (self.until - self.as_of).days


def show(title: str, head: list[str], rows: list[list[str]]) -> None:
    """One table of Markdown."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n### {title}\n")
    for number, row in enumerate([head, *rows]):
        print("| " + " | ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) + " |")
        if not number:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    sys.stdout.flush()


def figure(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash for what is not known."""
    return "–" if value is None else f"{value:,.{digits}f}"


CASES = {  # whether the case came, by target; {horizon} in days
    "purchase": "exists (select 1 from came where came.customer_id = foretold.customer_id and days_after < {horizon})",
    "churn": "not exists (select 1 from came where came.customer_id = foretold.customer_id and days_after < {horizon})",
    "category": "exists (select 1 from bought where bought.customer_id = foretold.customer_id"
    " and days_after < {horizon} and 'category:' || bought.category = foretold.target)",
    "subscription_upgrade": "exists (select 1 from plans where plans.customer_id = foretold.customer_id"
    " and plans.horizon = {horizon} and plans.upgraded_after < {horizon})",
    "subscription_churn": "exists (select 1 from plans where plans.customer_id = foretold.customer_id"
    " and plans.horizon = {horizon} and plans.paid_until < {horizon})",
}


def make_plans(comparison: Comparison) -> None:
    """Table plans, a row for each horizon and customer: days to a higher plan, and to the end of what is paid for."""
    comparison.connection.execute("""
        create or replace table plans as
        with owned as (
            select
                accounts.customer_id, coalesce(plan_rank, case when is_paid then 1 else 0 end) as plan_rank,
                coalesce(is_paid, false) as is_paid, cast(floor((epoch(started_at) - epoch(day.as_of_at)) / 86400) as int) as starts,
                coalesce(cast(floor((epoch(ended_at) - epoch(day.as_of_at)) / 86400) as int), 1000000) as ends
            from present.staging.stg_commerce__subscriptions as subscriptions
            inner join past.marts.customer_accounts as accounts using (source_system, account_id)
            cross join past.staging.stg_commerce__as_of as day  -- its midnight in UTC, as the times are
        ),
        running as (
            select customer_id, max(plan_rank) as plan_rank from owned where starts < 0 and ends >= 0 group by customer_id
        )
        select
            customer_id, horizons.horizon,
            min(owned.starts) filter (where owned.starts >= 0 and owned.plan_rank > running.plan_rank) as upgraded_after,
            max(owned.ends) filter (where owned.is_paid and owned.ends >= 0 and owned.starts < horizons.horizon) as paid_until
        from owned inner join running using (customer_id)
        cross join (select distinct horizon_days as horizon from past.reference.prediction_targets) as horizons
        group by all
    """)  # fmt: skip


def propensities(comparison: Comparison) -> None:
    """Every target whose horizon is over: foretold beside what came."""
    left_out, lines, deciles = [], [], []
    make_plans(comparison)
    known = {name: (kind, horizon) for name, kind, horizon in comparison.rows(
        "select target, target_kind, horizon_days from past.reference.prediction_targets"
    )}  # fmt: skip
    for (target,) in comparison.rows("select distinct target from past.marts.customer_propensities order by target"):
        kind, horizon = known[target.split(":")[0]]
        if horizon > comparison.days_known():
            left_out.append(f"{target} (its horizon is not over)")
            continue
        comparison.connection.execute(f"""
            create or replace table judged as
            select
                foretold.probability, foretold.model_used, foretold.is_trustworthy,
                case when {CASES[kind].format(horizon=horizon)} then 1 else 0 end as came,
                ntile({TENTHS}) over (order by foretold.probability desc, foretold.customer_id) as tenth
            from past.marts.customer_propensities as foretold
            where foretold.target = ? and foretold.probability is not null
        """, [target])  # fmt: skip
        people, foretold, came, used, trusted = comparison.rows(
            "select count(*), sum(probability), sum(came), mode(model_used), bool_and(is_trustworthy) from judged"
        )[0]
        if not people:
            left_out.append(f"{target} (nobody was predicted)")
            continue
        (auc,) = comparison.rows("""
            with ranked as (
                select came, rank() over (order by probability) + (count(*) over (partition by probability) - 1) / 2.0 as place
                from judged
            )
            select (sum(place) filter (where came = 1) - sum(came) * (sum(came) + 1) / 2.0)
                / nullif(sum(came) * (count(*) - sum(came)), 0)
            from ranked
        """)[0]  # fmt: skip
        # by chance: the mean size of the error if every probability were true
        lift, error, by_chance = comparison.rows("""
            with tenths as (
                select
                    tenth, count(*) as people, avg(came) as came, avg(probability) as foretold,
                    sqrt(2 / pi() * sum(probability * (1 - probability))) as chance
                from judged group by tenth
            )
            select
                max(came) filter (where tenth = 1) / nullif((select avg(came) from judged), 0),
                sum(people * abs(came - foretold)) / sum(people), sum(chance) / sum(people)
            from tenths
        """)[0]  # fmt: skip
        lines.append([
            target, used, "yes" if trusted else "no", f"{people:,}", figure(foretold, 0), f"{came:,}",
            figure(auc), figure(lift, 2), figure(error), figure(by_chance),
        ])  # fmt: skip
        deciles.append([target] + [
            f"{told:.3f} / {there:.3f}"
            for told, there in comparison.rows("select avg(probability), avg(came) from judged group by tenth order by tenth")
        ])  # fmt: skip
    head = ["target", "model", "trustworthy", "people", "foretold", "came", "AUC", "lift of top tenth", "calibration error", "by chance"]
    show("Propensities", head, lines)
    if deciles:
        width = max(map(len, deciles))
        head = ["foretold / came, by tenth"] + [str(number) for number in range(1, width)]
        show("Calibration", head, [row + [""] * (width - len(row)) for row in deciles])
    if left_out:
        print("\nleft out: " + ", ".join(left_out))


def survival(comparison: Comparison) -> None:
    """Months without an order: foretold beside what came."""
    months = comparison.days_known() // 30
    rows = comparison.rows("""
        with first_order as (select customer_id, min(days_after) as first_day from came group by customer_id)
        select
            foretold.month_ahead, count(*), avg(foretold.survival_rate),
            avg(case when first_order.first_day < 30 * foretold.month_ahead then 0 else 1 end)
        from past.marts.customer_survival as foretold
        left join first_order using (customer_id)
        where foretold.month_ahead <= ? and foretold.survival_rate is not null
        group by foretold.month_ahead order by foretold.month_ahead
    """, months)  # fmt: skip
    lines = [[str(month), f"{people:,}", figure(told), figure(came)] for month, people, told, came in rows]
    show("Months without an order", ["month ahead", "people", "foretold", "came"], lines)


def orders(comparison: Comparison) -> None:
    """Days with an order, foretold by the purchase model: two orders of a day are one visit to it."""
    lines = []
    for days in (30, 90, 365):
        if days > comparison.days_known():
            continue
        people, told, came = comparison.rows(f"""
            select count(*), sum(foretold.expected_orders_{days}d), sum(coalesce(counted.order_days, 0))
            from past.marts.customer_clv as foretold
            left join (
                select customer_id, count(distinct days_after) as order_days from came where days_after < {days} group by customer_id
            ) as counted using (customer_id)
            where foretold.expected_orders_{days}d is not null
        """)[0]  # fmt: skip
        lines.append([f"{days} days", f"{people:,}", figure(told, 0), figure(came, 0), figure(told / came if came else None, 2)])
    show("Order days of the purchase model", ["within", "people", "foretold", "came", "foretold / came"], lines)


def recommendations(comparison: Comparison) -> None:
    """Products shown beside products bought, by answer, and beside the simplest list there is."""
    days = min(comparison.days_known(), SHOWN_DAYS)
    comparison.connection.execute(f"""
        create or replace table had as
        select customer_id, {comparison.item} as item, count(*) as times
        from past.marts.order_lines where not is_balancing_line and {comparison.item} is not null group by all;
        -- what was bought, and whether the person had it before
        create or replace table taken as
        select distinct bought.customer_id, bought.{comparison.item} as item,
            case when had.item is null then 'new_to_you' else 'buy_again' end as answer
        from bought left join had on bought.customer_id = had.customer_id and bought.{comparison.item} = had.item
        where bought.days_after < {days} and bought.{comparison.item} is not null;
        -- new: what most people have, without what the person has; again: what the person bought most often
        create or replace table simplest as
        with popular as (
            select item, count(*) as people from had group by item order by people desc, item limit 200
        ),
        asked as (
            select customer_id, answer, count(*) as places from past.marts.customer_recommendations
            where item_type = 'product' and rank <= {SHOWN} group by all
        ),
        listed as (
            select asked.customer_id, asked.answer, asked.places, popular.item, popular.people as weight
            from asked cross join popular
            anti join had on asked.customer_id = had.customer_id and popular.item = had.item
            where asked.answer = 'new_to_you'
            union all
            select customer_id, asked.answer, asked.places, had.item, had.times
            from had inner join asked using (customer_id)
            where asked.answer = 'buy_again'
        )
        select customer_id, answer, item from listed
        qualify row_number() over (partition by customer_id, answer order by weight desc, item) <= places;
    """)
    lines = []
    for answer in ("new_to_you", "buy_again"):
        people, ours, simplest, items = comparison.rows(f"""
            with shown as (
                select customer_id, item from past.marts.customer_recommendations
                where item_type = 'product' and answer = $1 and rank <= {SHOWN}
            ),
            buyers as (
                select distinct customer_id from taken
                where answer = $1 and customer_id in (select customer_id from shown)
            )
            select
                count(*),
                avg(case when exists (
                    select 1 from shown inner join taken using (customer_id, item)
                    where taken.answer = $1 and customer_id = buyers.customer_id
                ) then 1 else 0 end),
                avg(case when exists (
                    select 1 from simplest inner join taken using (customer_id, item, answer)
                    where answer = $1 and customer_id = buyers.customer_id
                ) then 1 else 0 end),
                (select count(distinct item) from shown)
            from buyers
        """, answer)[0]  # fmt: skip
        lines.append([answer, f"{people:,}", percent(ours), percent(simplest), f"{items:,}"])
    head = ["answer", f"buyers in {days} days", f"bought one of {SHOWN} shown", "of the simplest list", "items shown to anybody"]
    show("Recommendations of products", head, lines)
    print("\nthe simplest list, as long as ours: what most people have (new_to_you), what the person bought most often (buy_again)")


def demand(comparison: Comparison) -> None:
    """Weekly units foretold beside what was sold, by level, and beside the last complete week repeated."""
    lines = comparison.rows("""
        with sold as (
            select
                coalesce(lines.category, '(none)') as category, orders.channel,
                cast(date_trunc('week', orders.ordered_on) as date) as week_start,
                sum(coalesce(lines.quantity, 1)) as units
            from present.marts.orders as orders
            left join present.marts.order_lines as lines on orders.order_id = lines.order_id and not lines.is_balancing_line
            where orders.status != 'cancelled'
            group by all
        ),
        by_level as (
            select
                case when grouping(category) = 1 then '(all)' else category end as category,
                case when grouping(channel) = 1 then '(all)' else channel end as channel, week_start, sum(units) as units
            from sold group by grouping sets (
                (category, channel, week_start), (category, week_start), (channel, week_start), (week_start)
            )
        )
        select
            foretold.level, count(*), sum(foretold.forecast), sum(coalesce(came.units, 0)),
            sum(abs(foretold.forecast - coalesce(came.units, 0))), sum(abs(coalesce(naive.units, 0) - coalesce(came.units, 0))),
            avg(case when coalesce(came.units, 0) between foretold.low and foretold.high then 1 else 0 end),
            avg(foretold.interval_level)
        from past.marts.category_demand_forecast as foretold
        left join by_level as came
            on foretold.category = came.category and foretold.channel = came.channel and foretold.week_start = came.week_start
        -- the naive forecast: the newest complete week once more
        left join by_level as naive
            on foretold.category = naive.category and foretold.channel = naive.channel
            and naive.week_start = cast(date_trunc('week', cast($1 as date)) as date) - 7
        where foretold.forecast is not null and foretold.week_start + 6 < $2
        group by foretold.level order by min(foretold.category), min(foretold.channel)
    """, comparison.as_of, comparison.until)
    head = ["level", "weeks", "foretold", "came", "error", "error of the last week repeated", "within the interval", "interval"]
    show("Weekly demand, units", head, [
        [level, f"{weeks:,}", figure(told, 0), figure(came, 0), percent(error, came), percent(naive, came), percent(inside), percent(held)]
        for level, weeks, told, came, error, naive, inside, held in lines
    ])  # fmt: skip


def percent(part: float | None, whole: float | None = 1) -> str:
    """A share in per cent; a dash where it is not known."""
    return "–" if part is None or not whole else f"{100 * float(part) / float(whole):.0f} %"


def warehouses(options: argparse.Namespace) -> Comparison:
    """Build both and open them."""
    from examples import run as examples

    settings: dict[str, Any] = {}
    if options.example:
        example = examples.EXAMPLES[options.example]
        raw = examples.WORK / options.example / "raw"
        examples.fetch()
        examples.map_tables(options.example, examples.PACKAGES / example.folder, raw)
        settings = {"raw_data": f"{raw}/{{table}}.parquet", **examples.VARIABLES, **example.variables}
    elif options.raw:
        settings = {"raw_data": options.raw}
    settings |= yaml.safe_load(options.vars) or {}
    WORK.mkdir(parents=True, exist_ok=True)
    present, past = WORK / "present.duckdb", WORK / "past.duckdb"
    build(PRESENT, present, settings)
    as_of = options.as_of
    if as_of is None:
        with duckdb.connect(str(present), read_only=True) as connection:
            as_of = connection.execute(
                "select min(ordered_on) + cast(floor(? * (max(ordered_on) - min(ordered_on))) as int) from marts.orders",
                [options.share],
            ).fetchall()[0][0]
    # raw tables hold the newest delivery of a row: an order that was shipped after the day is no news of that time
    build(PAST, past, {"as_of_known_by": "event", **settings, "as_of": str(as_of)})
    return Comparison(past, present, settings.get("recommendation_product_level", "product"))


def main(arguments: list[str]) -> int:
    """Build, compare, print; 0 done, 2 refused."""
    parser = argparse.ArgumentParser(
        prog="make look-back", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--raw", help="path pattern or schema of your raw tables, as in var raw_data; default: the sample")
    source.add_argument("--example", choices=["complete_journey", "cdnow"], help="a real data set")
    parser.add_argument("--as-of", help="the day to look back from, YYYY-MM-DD")
    parser.add_argument("--share", type=float, default=SHARE, help="or the share of the time that lies before it")
    parser.add_argument("--vars", default="{}", help="further vars of the build, as YAML")
    parser.add_argument("--keep", action="store_true", help="keep both warehouses in target/look_back, which hold personal data")
    options = parser.parse_args(arguments)
    try:
        if not 0 < options.share < 1:
            raise Refused(f"--share is {options.share}: it must lie between 0 and 1, such as 0.65")
        compare(options)
    except Refused as refusal:
        print(f"look-back: {refusal}", file=sys.stderr)
        return 2
    return 0


def compare(options: argparse.Namespace) -> None:
    """Build, compare, print, and delete what was built."""
    try:
        with contextlib.closing(warehouses(options)) as comparison:
            if comparison.days_known() < 1:
                raise Refused(f"nothing came after {comparison.as_of}: name an earlier day with --as-of")
            print(f"\nPredictions of {comparison.as_of}, beside what came until {comparison.until} ({comparison.days_known()} days)")
            for mart, part in PARTS.items():
                if comparison.has(mart):
                    part(comparison)
                else:
                    print(f"\n{mart}: no rows at {comparison.as_of}")
    finally:
        if not options.keep:
            for file in WORK.glob("*.duckdb*"):
                file.unlink()


PARTS = {
    "customer_propensities": propensities,
    "customer_survival": survival,
    "customer_clv": orders,
    "customer_recommendations": recommendations,
    "category_demand_forecast": demand,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
