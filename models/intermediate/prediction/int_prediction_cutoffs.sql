{#- One row per day that people are looked at from: the day of the build, and days before with enough history. -#}
with

cutoffs as (

    select * from {{ ref('prediction_cutoffs') }}

),

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

rules as (

    select max(case when rule = 'min_history_days' then threshold end) as min_history_days
    from {{ ref('prediction_rules') }}

),

beginning as (

    select min(ordered_on) as first_ordered_on from orders

),

final as (

    select
        cast(cutoffs.days_before as int) as days_before,
        {{ add_days('reference_date.as_of', '-cutoffs.days_before') }} as cutoff_on,
        {{ day_no('reference_date.as_of') }} - cast(cutoffs.days_before as int) as cutoff_day
    from cutoffs
    cross join reference_date
    cross join rules
    cross join beginning
    where
        cutoffs.days_before = 0
        or {{ days_between('beginning.first_ordered_on', 'reference_date.as_of') }}
        >= cutoffs.days_before + rules.min_history_days

)

select * from final
