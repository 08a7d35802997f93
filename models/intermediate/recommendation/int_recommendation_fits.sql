{#-
  Two rows per item type: fit 0 knows what happened before the trial period, fit 1 all until the reference
  date. The trial period is at most a quarter of the history.
-#}
with

days as (

    select * from {{ ref('int_recommendation_days') }}

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

spans as (

    select
        item_type,
        min(happened_on) as begins_on
    from days
    group by item_type

),

measured as (

    select
        spans.item_type,
        reference_date.as_of,
        cast(least(
            rules.holdout_days, {{ floor_divide(days_between('spans.begins_on', 'reference_date.as_of'), '4') }}
        ) as int) as holdout_days
    from spans
    cross join rules
    cross join reference_date

),

final as (

    select
        item_type,
        0 as fit,
        {{ add_days('as_of', '-holdout_days') }} as known_until,
        holdout_days
    from measured
    union all
    select
        item_type,
        1 as fit,
        as_of as known_until,
        holdout_days
    from measured

)

select * from final
