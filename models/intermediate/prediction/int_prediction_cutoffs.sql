{#-
  One row per day that people are looked at from: the day of the build, and days before with enough history.
  With var refit_days those before stand on a grid of so many days: until its next point they stay where they
  are, and with them what is learned.
-#}
{%- set refit_days = [var('refit_days') | int, 1] | max -%}
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

placed as (

    select
        cast(cutoffs.days_before as int)
        {%- if refit_days > 1 %}
        + case when cutoffs.days_before > 0 then cast(mod({{ day_no('reference_date.as_of') }}, {{ refit_days }}) as int) else 0 end
        {%- endif %} as days_before,
        reference_date.as_of
    from cutoffs
    cross join reference_date

),

final as (

    select
        placed.days_before,
        {{ add_days('placed.as_of', '-placed.days_before') }} as cutoff_on,
        {{ day_no('placed.as_of') }} - placed.days_before as cutoff_day,
        -- null without any order
        {{ days_between('beginning.first_ordered_on', 'placed.as_of') }} - placed.days_before as record_days
    from placed
    cross join rules
    cross join beginning
    where
        placed.days_before = 0
        or {{ days_between('beginning.first_ordered_on', 'placed.as_of') }}
        >= placed.days_before + rules.min_history_days

)

select * from final
