{#-
  One row per action of the catalogue, segment and metric: what to believe before any evidence. The
  prior speaks of orders per person reached; here it is per person treated, and in money by the worth
  of an order in the segment.
-#}
with

catalogue as (

    select * from {{ ref('actions') }}

),

customers as (

    select * from {{ ref('customer_clv') }}

),

order_values as (

    select * from {{ ref('int_effect_order_values') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

segments as (

    select value_tier as segment
    from tiers
    union all
    select '(none)' as segment

),

-- 1. worth of an order by tier; of everybody where the tier has none
orders_by_tier as (

    select
        customers.value_tier as segment,
        order_values.order_value
    from order_values
    inner join customers on order_values.customer_id = customers.customer_id

),

worth as (

    select
        segment,
        {{ stable_avg('order_value') }} as mean_value,
        {{ stable_avg('order_value * order_value') }} as mean_square
    from orders_by_tier
    group by segment

),

overall as (

    select
        coalesce({{ stable_avg('order_value') }}, 0e0) as mean_value,
        coalesce({{ stable_avg('order_value * order_value') }}, 0e0) as mean_square
    from order_values

),

-- 2. the variance of prior_weight people, half of them held out, of whom as many order as the prior says
believed as (

    select
        catalogue.action,
        segments.segment,
        cast(catalogue.prior_effect as double) * cast(catalogue.reach_probability as double) as prior_orders,
        greatest(cast(catalogue.prior_weight as double), 1e0) as prior_weight,
        coalesce(worth.mean_value, overall.mean_value) as mean_value,
        coalesce(worth.mean_square, overall.mean_square) as mean_square
    from catalogue
    cross join segments
    cross join overall
    left join worth on segments.segment = worth.segment

),

final as (

    select
        action,
        segment,
        'orders' as metric,
        prior_orders as prior_effect,
        prior_weight,
        4e0 * abs(prior_orders) / prior_weight as prior_variance
    from believed
    union all
    select
        action,
        segment,
        'value' as metric,
        prior_orders * mean_value as prior_effect,
        prior_weight,
        4e0 * abs(prior_orders) * mean_square / prior_weight as prior_variance
    from believed

)

select * from final
