{#- One row per customer with an order and with consent to analytics: what the next year should bring. -#}
with

customers as (

    select * from {{ ref('int_year_outlooks') }}

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

-- 1. the money of a year's orders: chance in their number and in their value
squared as (

    select
        *,
        expected_orders_365d * expected_order_value as money,
        {{ money_square('expected_orders_365d', 'orders_square', 'expected_order_value', 'spend_shape', 'spend_p') }} as money_square,
        {{ safe_divide('discounted_orders_365d', 'expected_orders_365d') }} as mean_discount
    from customers

),

varied as (

    select
        *,
        {{ money_log_variance('money', 'money_square', 'no_order') }} as log_variance,
        1e0 - money_level as money_level_high
    from squared

),

centred as (

    select
        *,
        {{ money_log_mean('money', 'log_variance', 'no_order') }} as log_mean
    from varied

),

predicted as (

    select
        *,
        case when money > 0e0 then {{ money_quantile('money_level', 'no_order', 'log_mean', 'log_variance') }} else 0e0 end as money_low,
        case when money > 0e0 then {{ money_quantile('money_level_high', 'no_order', 'log_mean', 'log_variance') }} else 0e0 end
            as money_high
    from centred

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
        -- each unit of revenue leaves as much as it does on average
        money_low * mean_discount * coalesce({{ safe_divide('gain_per_order', 'expected_order_value') }}, 0e0) as clv_at_money_low,
        money_high * mean_discount * coalesce({{ safe_divide('gain_per_order', 'expected_order_value') }}, 0e0) as clv_at_money_high
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
        -- a rank by revenue says so: it is not one by margin
        concat(tiers.label_en, case when ranked.margin_basis = 'unknown_cost' then ' (by revenue, costs unknown)' else '' end)
            as value_tier_label_en,
        concat(tiers.label_zh, case when ranked.margin_basis = 'unknown_cost' then '（按收入，成本未知）' else '' end)
            as value_tier_label_zh,
        case when ranked.margin_basis = 'unknown_cost' then 'revenue' else 'margin' end as value_tier_basis,
        ranked.segment as fit_segment,
        ranked.model,
        ranked.leaving_model,
        choice.model_reason,
        choice.model_reason_zh,
        ranked.order_value_basis,
        ranked.interval_basis,
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
        case when ranked.margin_basis != 'unknown_cost' then ranked.margin_rate end as margin_rate,
        cast(ranked.expected_orders_365d * ranked.expected_order_value as decimal(18, 2)) as expected_revenue_365d,
        cast(ranked.expected_orders_365d * ranked.cost_per_order as decimal(18, 2)) as expected_cost_365d,
        cast(ranked.clv_365d as decimal(18, 2)) as clv_365d,
        cast(least(ranked.clv_at_money_low, ranked.clv_at_money_high, ranked.clv_365d) as decimal(18, 2)) as clv_365d_low,
        cast(greatest(ranked.clv_at_money_low, ranked.clv_at_money_high, ranked.clv_365d) as decimal(18, 2)) as clv_365d_high,

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
