{#-
  One row per category, cutoff and weekday: the share of a week's units that a day without an event has, from the newest weeks
  known at the cutoff, drawn to the shop's pattern by some hundred units.
-#}
with

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

category_days as (

    select * from {{ ref('int_demand_category_days') }}

),

calendar_days as (

    select * from {{ ref('int_demand_calendar_days') }}
    where event_type is null

),

rules as (

    select * from {{ ref('int_demand_rules') }}

),

-- 1. days without an event, those without a sale included
summed as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        calendar_days.weekday,
        count(*) as day_count,
        {{ stable_sum('coalesce(category_days.units, 0e0)') }} as units
    from cutoffs
    cross join rules
    inner join calendar_days
        on
            calendar_days.week_no between cutoffs.first_week_no and cutoffs.cutoff_week_no
            and cutoffs.cutoff_week_no - rules.daily_weeks < calendar_days.week_no
    left join category_days
        on
            cutoffs.category = category_days.category
            and calendar_days.day_date = category_days.sold_on
    group by cutoffs.category, cutoffs.cutoff_no, calendar_days.weekday

),

every_weekday as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        cast(weekdays.weekday as int) as weekday,
        coalesce(summed.units, 0e0) as units,
        {{ safe_divide('summed.units', 'summed.day_count') }} as mean_units
    from cutoffs
    cross join {{ number_series(1, 7, 'weekday') }} as weekdays
    left join summed
        on
            cutoffs.category = summed.category
            and cutoffs.cutoff_no = summed.cutoff_no
            and weekdays.weekday = summed.weekday

),

-- 2. the shop's pattern; a weekday that is never without an event counts as the mean of the others
shop_means as (

    select
        cutoff_no,
        weekday,
        {{ stable_sum('mean_units') }} as mean_units
    from every_weekday
    group by cutoff_no, weekday

),

shop_filled as (

    select
        cutoff_no,
        weekday,
        coalesce(
            mean_units,
            {{ safe_divide('sum(cast(mean_units as decimal(38, 18))) over (partition by cutoff_no)', 'count(mean_units) over (partition by cutoff_no)') }},
            1e0
        ) as mean_units
    from shop_means

),

shop as (

    select
        cutoff_no,
        weekday,
        coalesce(
            {{ safe_divide('mean_units', 'sum(cast(mean_units as decimal(38, 18))) over (partition by cutoff_no)') }}, 1e0 / 7e0
        ) as share
    from shop_filled

),

-- 3. the category's own, the same gap filled from the shop's
filled as (

    select
        every_weekday.category,
        every_weekday.cutoff_no,
        every_weekday.weekday,
        shop.share as shop_share,
        cast(sum(cast(every_weekday.units as decimal(38, 18))) over (
            partition by every_weekday.category, every_weekday.cutoff_no
        ) as double) as pattern_units,
        coalesce(every_weekday.mean_units, shop.share * cast(sum(cast(every_weekday.mean_units as decimal(38, 18))) over (
            partition by every_weekday.category, every_weekday.cutoff_no
        ) as double), 0e0) as mean_units
    from every_weekday
    inner join shop
        on
            every_weekday.cutoff_no = shop.cutoff_no
            and every_weekday.weekday = shop.weekday

),

owned as (

    select
        *,
        coalesce({{ safe_divide(
            'mean_units', 'sum(cast(mean_units as decimal(38, 18))) over (partition by category, cutoff_no)'
        ) }}, shop_share) as own_share
    from filled

),

-- 4. without a sale and without a prior the shop's
final as (

    select
        -- key
        owned.category,
        owned.cutoff_no,
        owned.weekday,

        -- measures
        coalesce({{ safe_divide(
            'owned.pattern_units * owned.own_share + rules.daily_prior_units * owned.shop_share',
            'owned.pattern_units + rules.daily_prior_units'
        ) }}, owned.shop_share) as weekday_share
    from owned
    cross join rules

)

select * from final
