{#-
  One row per category: the complete weeks that its history has, how often it sells, and the weeks that the shop's
  history begins and ends with. History runs from the category's first complete week with a sale; week numbers
  are null where there is none.
-#}
with

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. complete weeks: the first Monday of the data to the last Sunday before as_of
bounds as (

    select
        {{ week_number(add_days('min(orders.ordered_on)', 6)) }} as shop_first_week_no,
        {{ week_number('max(reference_date.as_of)') }} - 1 as last_week_no,
        {{ days_between(week_monday(week_number('max(reference_date.as_of)')), 'max(reference_date.as_of)') }} as left_out_days
    from reference_date
    left join orders on true

),

-- 2. channels added up
by_week as (

    select
        category,
        week_no,
        {{ stable_sum('units') }} as units
    from weeks
    group by category, week_no

),

categories as (

    select
        by_week.category,
        max(bounds.shop_first_week_no) as shop_first_week_no,
        max(bounds.last_week_no) as last_week_no,
        max(bounds.left_out_days) as left_out_days,
        min(case when by_week.week_no between bounds.shop_first_week_no and bounds.last_week_no then by_week.week_no end) as first_week_no,
        count(case when by_week.week_no between bounds.shop_first_week_no and bounds.last_week_no then 1 end) as weeks_with_demand
    from by_week
    cross join bounds
    group by by_week.category

),

final as (

    select
        -- key
        category,

        -- attributes
        first_week_no,
        last_week_no,
        shop_first_week_no,
        left_out_days,
        -- Syntetos, Boylan: intermittent from 1.32 weeks between two weeks with demand
        coalesce(
            last_week_no - first_week_no + 1 >= 1.32e0 * weeks_with_demand, false
        ) as is_intermittent,

        -- measures
        coalesce(last_week_no - first_week_no + 1, 0) as history_weeks,
        cast(weeks_with_demand as bigint) as weeks_with_demand
    from categories

)

select * from final
