{#-
  One row per taker and product they have bought that is among the ten best to buy again by own rhythm,
  by how often they bought it, or by popularity. Own rhythm: repeat purchases per day since the first,
  drawn to the item's rate over all buyers (and that to the shop's), halved for every so many own
  intervals that they are overdue. Limits of rhythm hold in the trial too, as it judges what is shown; the two lists that
  own rhythm is measured by there are drawn up without our model.
-#}
with

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where answer = 'buy_again'

),

histories as (

    select * from {{ ref('int_recommendation_histories') }}
    where item_type = 'product'

),

items as (

    select * from {{ ref('int_recommendation_items') }}
    where item_type = 'product'

),

popularity as (

    select * from {{ ref('int_recommendation_popularity') }}
    where audience_kind = 'everyone' and item_type = 'product'

),

refusals as (

    select * from {{ ref('int_recommendation_refusals') }}

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

exclusions as (

    select * from {{ ref('recommendation_exclusions') }}

),

-- no rule, no limit
recent_limits as (

    select coalesce(max(cast(threshold as double)), 0e0) as too_recent_share
    from exclusions
    where is_active and reason = 'too_recent'

),

-- 1. days until an average buyer buys an item again; null where nobody bought anything again
shop_rhythms as (

    select
        fit,
        {{ safe_divide('sum(cast(first_age_days as bigint))', 'sum(cast(day_count - 1 as bigint))') }} as days_per_repeat
    from histories
    group by fit

),

item_sums as (

    select
        fit,
        item_number,
        sum(cast(first_age_days as bigint)) as buyer_days,
        sum(cast(day_count - 1 as bigint)) as repeats
    from histories
    group by fit, item_number

),

item_rhythms as (

    select
        item_sums.fit,
        item_sums.item_number,
        {{ safe_divide(
            'item_sums.buyer_days + rules.rebuy_prior_purchases * shop_rhythms.days_per_repeat',
            'item_sums.repeats + rules.rebuy_prior_purchases'
        ) }} as days_per_repeat
    from item_sums
    cross join rules
    inner join shop_rhythms on item_sums.fit = shop_rhythms.fit

),

-- 2. refusals are of today: they do not touch the trial
own as (

    select
        takers.taker_number,
        takers.fit,
        histories.item_number,
        histories.day_count,
        histories.last_age_days,
        {{ safe_divide(
            'histories.day_count - 1 + rules.rebuy_prior_purchases',
            'histories.first_age_days + rules.rebuy_prior_purchases * item_rhythms.days_per_repeat'
        ) }} as daily_rate,
        rules.rebuy_overdue_halflives,
        rules.rebuy_least_chance,
        rules.holdout_days as horizon_days
    from takers
    cross join rules
    inner join histories
        on
            takers.fit = histories.fit
            and takers.customer_number = histories.customer_number
    inner join item_rhythms on histories.fit = item_rhythms.fit and histories.item_number = item_rhythms.item_number
    inner join items on histories.item_number = items.item_number
    left join refusals
        on
            takers.customer_number = refusals.customer_number
            and histories.item_number = refusals.item_number
            and takers.fit = 1
    where
        (takers.fit = 0 or items.exclusion is null)
        and refusals.item_number is null
        and not (items.is_adults_only and takers.is_minor)

),

due as (

    select
        own.*,
        1e0 - exp(
            -own.horizon_days * own.daily_rate
            * power(0.5e0, greatest(own.last_age_days * own.daily_rate - 1e0, 0e0) / own.rebuy_overdue_halflives)
        ) as score,
        own.last_age_days * own.daily_rate as overdue_share
    from own

),

limited as (

    select
        due.*,
        coalesce(due.overdue_share >= recent_limits.too_recent_share, true)
        and coalesce(due.score >= due.rebuy_least_chance, true) as is_within_limits
    from due
    cross join recent_limits

),

-- 3. equal scores stand by item number
ranked as (

    select
        limited.taker_number,
        limited.item_number,
        limited.day_count,
        limited.last_age_days,
        cast(floor({{ safe_divide('1', 'limited.daily_rate') }} + 0.5e0) as bigint) as interval_days,
        {{ round_significant('limited.score') }} as score,
        case when limited.is_within_limits then cast(row_number() over (
            partition by limited.taker_number, limited.is_within_limits
            order by cast(floor(limited.score * 1e9 + 0.5e0) as bigint) desc nulls last, limited.item_number asc
        ) as int) end as own_rhythm_rank,
        cast(row_number() over (
            partition by limited.taker_number
            order by limited.day_count desc, limited.last_age_days asc, limited.item_number asc
        ) as int) as repeat_purchase_rank,
        cast(row_number() over (
            partition by limited.taker_number
            order by popularity.popularity_rank asc nulls last, limited.item_number asc
        ) as int) as popularity_rank
    from limited
    left join popularity on limited.fit = popularity.fit and limited.item_number = popularity.item_number
    where limited.is_within_limits or limited.fit = 0

),

final as (

    select
        taker_number,
        item_number,
        day_count,
        last_age_days,
        interval_days,
        score,
        case when score is not null then own_rhythm_rank end as own_rhythm_rank,
        repeat_purchase_rank,
        popularity_rank
    from ranked
    where own_rhythm_rank <= 10 or repeat_purchase_rank <= 10 or popularity_rank <= 10

)

select * from final
