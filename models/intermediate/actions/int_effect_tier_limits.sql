{#-
  One row per value tier: from which worth of past orders on a person belongs to it. A tier of today
  knows what an action has brought, and would sort people by the outcome that is measured; so effects
  are split by the orders before the action, with today's shares of the tiers.
-#}
with

order_values as (

    select * from {{ ref('int_effect_order_values') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. an order counts half after each half-life
worths as (

    select
        order_values.customer_id,
        {{ stable_sum(discounted_order('order_values.revenue', 'order_values.ordered_at', 'reference_date.as_of_at')) }} as past_worth
    from order_values
    cross join reference_date
    cross join rules
    group by order_values.customer_id

),

ranked as (

    select
        round(past_worth, 2) as past_worth,
        (rank() over (order by round(past_worth, 2) desc) - 1) / cast(count(*) over () as double) as top_share
    from worths

),

-- 2. the least worth in each tier
final as (

    select
        tiers.value_tier as segment,
        min(ranked.past_worth) as least_worth
    from ranked
    inner join tiers
        on
            ranked.top_share >= tiers.top_share_from
            and ranked.top_share < tiers.top_share_to
    group by tiers.value_tier

)

select * from final
