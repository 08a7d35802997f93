{#-
  One row per grain, period, segment and purchase history, with the number of customers who share it:
  what the purchase models are fitted on. Grain `exact`: up to 50,000 different histories are kept to
  the day; beyond, recency and age are rounded to whole weeks, which moves the parameters in the fourth
  digit. Grain `coarse`, where there are more than 2,000: the same in 26 classes of time, where a fit
  comes near its top at little cost before it goes on to the exact ones.
-#}
with

customers as (

    select * from {{ ref('int_clv_customers') }}

),

exact as (

    select
        period,
        segment,
        repeat_orders,
        recency_weeks,
        age_weeks,
        count(*) as weight
    from customers
    group by period, segment, repeat_orders, recency_weeks, age_weeks

),

sized as (

    select
        *,
        count(*) over (partition by period, segment) > 50000 as is_rounded
    from exact

),

rounded as (

    select
        period,
        segment,
        cast(repeat_orders as double) as repeat_orders,
        case
            when is_rounded and repeat_orders > 0 then greatest(round(recency_weeks, 0), 1 / 7e0)
            else recency_weeks
        end as recency_weeks,
        case
            when is_rounded then greatest(round(age_weeks, 0), round(recency_weeks, 0), 1 / 7e0)
            else age_weeks
        end as age_weeks,
        weight
    from sized

),

exact_histories as (

    select
        period,
        segment,
        repeat_orders,
        recency_weeks,
        age_weeks,
        cast(sum(weight) as bigint) as weight
    from rounded
    group by period, segment, repeat_orders, recency_weeks, age_weeks

),

classed as (

    select
        *,
        count(*) over (partition by period, segment) as history_count,
        max(age_weeks) over (partition by period, segment) / 26e0 as class_weeks
    from exact_histories

),

-- the middle of each class; who ordered again did so after the first order
coarse_histories as (

    select
        period,
        segment,
        repeat_orders,
        case
            when repeat_orders > 0 then (floor(least(recency_weeks / class_weeks, 25e0)) + 0.5e0) * class_weeks
            else 0e0
        end as recency_weeks,
        (floor(least(age_weeks / class_weeks, 25e0)) + 0.5e0) * class_weeks as age_weeks,
        cast(sum(weight) as bigint) as weight
    from classed
    where history_count > 2000
    group by all

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
