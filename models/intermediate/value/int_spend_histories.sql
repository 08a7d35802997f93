{#-
  One row per grain, period, segment, number of repeat orders and their mean value, with the number of
  customers who share them: what the spend model is fitted on. Values are in multiples of the
  segment's mean, so that the fit does not depend on the currency. Grain `exact`: beyond 50,000
  different histories values are rounded to three digits. Grain `coarse`, where there are more than
  2,000: rounded to one digit, for the first steps of a fit.
-#}
with

customers as (

    select * from {{ ref('int_clv_customers') }}

),

repeaters as (

    select
        period,
        segment,
        repeat_orders,
        repeat_value,
        cast(sum(cast(repeat_value as decimal(38, 18))) over (partition by period, segment) as double)
            / count(*) over (partition by period, segment) as value_scale,
        count(*) over (partition by period, segment) > 50000 as is_rounded
    from customers
    where repeat_orders > 0 and repeat_value > 0

),

scaled as (

    select
        *,
        {{ round_significant('value_scale', 6) }} as rounded_scale,
        repeat_value / ({{ round_significant('value_scale', 6) }}) as scaled_value
    from repeaters

),

rounded as (

    select
        period,
        segment,
        cast(repeat_orders as double) as repeat_orders,
        case when is_rounded then {{ round_significant('scaled_value', 3) }} else scaled_value end as mean_value,
        rounded_scale as value_scale
    from scaled

),

exact_histories as (

    select
        period,
        segment,
        repeat_orders,
        mean_value,
        value_scale,
        count(*) as weight
    from rounded
    group by period, segment, repeat_orders, mean_value, value_scale

),

counted as (

    select
        *,
        count(*) over (partition by period, segment) as history_count,
        {{ round_significant('mean_value', 1) }} as coarse_value
    from exact_histories

),

coarse_histories as (

    select
        period,
        segment,
        repeat_orders,
        coarse_value as mean_value,
        value_scale,
        cast(sum(weight) as bigint) as weight
    from counted
    where history_count > 2000
    group by period, segment, repeat_orders, coarse_value, value_scale

),

final as (

    select
        'exact' as grain,
        *
    from exact_histories
    union all
    select
        'coarse' as grain,
        *
    from coarse_histories

)

select * from final
