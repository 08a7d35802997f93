{#-
  One row per period, segment and purchase history, with the number of customers who share it: what
  the purchase models are fitted on. Up to 50,000 different histories are kept to the day; beyond,
  recency and age are rounded to whole weeks, which moves the parameters in the fourth digit.
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

final as (

    select
        period,
        segment,
        repeat_orders,
        recency_weeks,
        age_weeks,
        cast(sum(weight) as bigint) as weight
    from rounded
    group by period, segment, repeat_orders, recency_weeks, age_weeks

)

select * from final
