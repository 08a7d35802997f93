{#-
  One row per category with items to read prices from: how units moved with the price, within item and week, and its
  standard error, clustered by item, or by week where there are few items.
-#}
with

within_means as (

    select * from {{ ref('int_price_within') }}

),

rules as (

    select
        max(case when rule = 'min_price_spread' then value end) as min_price_spread,
        max(case when rule = 'min_clusters' then value end) as min_clusters
    from {{ ref('price_rules') }}

),

weeks as (

    select
        category,
        max(item_level) as item_level
    from {{ ref('int_price_weeks') }}
    group by category

),

-- 1. one slope; variation that is only rounding is none
sums as (

    select
        within_means.category,
        count(*) as item_weeks,
        count(distinct within_means.item) as items,
        count(distinct within_means.week_no) as weeks,
        {{ stable_sum('within_means.log_price * within_means.log_price') }} as price_squares,
        {{ stable_sum('within_means.log_price * within_means.log_units') }} as products
    from within_means
    group by within_means.category

),

sloped as (

    select
        sums.*,
        rules.min_clusters,
        sqrt(sums.price_squares / sums.item_weeks) as price_spread,
        sums.item_weeks - sums.items - sums.weeks as degrees_of_freedom,
        case
            when
                sqrt(sums.price_squares / sums.item_weeks) >= rules.min_price_spread
                and sums.item_weeks > sums.items + sums.weeks
                then sums.products / sums.price_squares
        end as slope
    from sums
    cross join rules

),

-- 2. errors of one item over the weeks, or of one week over the items, hang together
scores as (

    select
        within_means.category,
        case when sloped.items >= sloped.min_clusters then within_means.item else {{ as_text('within_means.week_no') }} end as cluster_key,
        {{ stable_sum(
            'within_means.log_price * (within_means.log_units - sloped.slope * within_means.log_price)'
        ) }} as score
    from within_means
    inner join sloped on within_means.category = sloped.category
    where sloped.slope is not null
    group by
        within_means.category,
        case when sloped.items >= sloped.min_clusters then within_means.item else {{ as_text('within_means.week_no') }} end

),

meats as (

    select
        category,
        count(*) as clusters,
        {{ stable_sum('score * score') }} as meat
    from scores
    group by category

),

errors as (

    select
        sloped.*,
        meats.clusters,
        sqrt(
            meats.meat / (sloped.price_squares * sloped.price_squares)
            * meats.clusters / nullif(meats.clusters - 1e0, 0e0)
            * (sloped.item_weeks - 1e0) / nullif(cast(sloped.degrees_of_freedom as double), 0e0)
        ) as standard_error
    from sloped
    left join meats on sloped.category = meats.category

),

final as (

    select
        -- key
        errors.category,

        -- what it rests on
        weeks.item_level,
        errors.items,
        errors.weeks,
        errors.item_weeks,
        errors.clusters,
        case when errors.items >= errors.min_clusters then 'item' else 'week' end as clustered_by,
        {{ round_significant('errors.price_spread') }} as price_spread,

        -- fit
        {{ round_significant('errors.slope', 9) }} as slope,
        {{ round_significant('errors.standard_error', 9) }} as standard_error
    from errors
    inner join weeks on errors.category = weeks.category

)

select * from final
