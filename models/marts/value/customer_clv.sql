{#- One row per customer with an order and with consent to analytics: what the next year should bring. -#}
with

customers as (

    select * from {{ ref('int_year_customers') }}

),

expectations as (

    select * from {{ ref('int_year_expectations') }}

),

costs as (

    select * from {{ ref('int_customer_costs') }}

),

choice as (

    select * from {{ ref('int_clv_choice') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

-- 1. orders: probability to be still a customer, times what such a customer orders
predicted as (

    select
        customers.*,
        customers.probability_alive * expectations.orders_if_alive_30d as expected_orders_30d,
        customers.probability_alive * expectations.orders_if_alive_90d as expected_orders_90d,
        customers.probability_alive * expectations.orders_if_alive_365d as expected_orders_365d,
        customers.probability_alive * expectations.discounted_orders_if_alive as discounted_orders_365d,
        {{ safe_divide('expectations.discounted_orders_if_alive', 'expectations.orders_if_alive_365d') }} as mean_discount,
        {{ order_quantile('expectations.at_least_if_alive', 'customers.probability_alive', '0.95e0') }} as orders_low,
        {{ order_quantile('expectations.at_least_if_alive', 'customers.probability_alive', '0.05e0') }} as orders_high
    from customers
    inner join expectations
        on
            customers.model = expectations.model
            and customers.segment = expectations.segment
            and customers.repeat_orders = expectations.repeat_orders
            and customers.age_weeks = expectations.age_weeks

),

-- 2. money: what an order leaves after goods, contact, service and returns
with_costs as (

    select
        predicted.*,
        costs.net_revenue,
        costs.gross_margin,
        costs.margin_basis,
        costs.margin_rate,
        costs.acquisition_cost,
        predicted.expected_order_value * (1e0 - costs.margin_rate)
            + costs.contact_cost_per_order + costs.service_cost_per_order + costs.return_cost_per_order as cost_per_order,
        predicted.expected_order_value * costs.margin_rate
            - costs.contact_cost_per_order - costs.service_cost_per_order - costs.return_cost_per_order as gain_per_order
    from predicted
    inner join costs on predicted.customer_id = costs.customer_id

),

valued as (

    select
        *,
        discounted_orders_365d * gain_per_order as clv_365d,
        orders_low * mean_discount * gain_per_order as clv_at_orders_low,
        orders_high * mean_discount * gain_per_order as clv_at_orders_high
    from with_costs

),

-- 3. tiers by rank; equal values share a tier
rounded as (

    select
        *,
        {{ round_significant('clv_365d', 6) }} as rounded_clv
    from valued

),

ranked as (

    select
        *,
        (rank() over (order by rounded_clv desc) - 1) / cast(count(*) over () as double) as top_share
    from rounded

),

final as (

    select
        -- key
        ranked.customer_id,

        -- attributes
        tiers.value_tier,
        tiers.label_en as value_tier_label_en,
        tiers.label_zh as value_tier_label_zh,
        ranked.segment as fit_segment,
        ranked.model,
        choice.model_reason,
        ranked.order_value_basis,
        ranked.margin_basis,

        -- history: the first order does not count as a repeat, orders of one day count once
        cast(ranked.repeat_orders as bigint) as repeat_orders,
        ranked.recency_weeks,
        ranked.age_weeks,
        cast(ranked.net_revenue as decimal(18, 2)) as historic_value,
        ranked.gross_margin as historic_margin,
        cast(ranked.acquisition_cost as decimal(18, 2)) as acquisition_cost,

        -- expectations
        ranked.probability_alive,
        ranked.expected_orders_30d,
        ranked.expected_orders_90d,
        ranked.expected_orders_365d,
        ranked.orders_low as orders_365d_low,
        ranked.orders_high as orders_365d_high,
        cast(ranked.expected_order_value as decimal(18, 2)) as expected_order_value,
        ranked.margin_rate,
        cast(ranked.expected_orders_365d * ranked.expected_order_value as decimal(18, 2)) as expected_revenue_365d,
        cast(ranked.expected_orders_365d * ranked.cost_per_order as decimal(18, 2)) as expected_cost_365d,
        cast(ranked.clv_365d as decimal(18, 2)) as clv_365d,
        cast(least(ranked.clv_at_orders_low, ranked.clv_at_orders_high, ranked.clv_365d) as decimal(18, 2)) as clv_365d_low,
        cast(greatest(ranked.clv_at_orders_low, ranked.clv_at_orders_high, ranked.clv_365d) as decimal(18, 2)) as clv_365d_high,

        -- times
        ranked.first_ordered_on,
        ranked.last_ordered_on
    from ranked
    cross join choice
    inner join tiers
        on
            ranked.top_share >= tiers.top_share_from
            and ranked.top_share < tiers.top_share_to

)

select * from final
