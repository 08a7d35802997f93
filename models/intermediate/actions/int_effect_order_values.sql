{#-
  One row per order of a customer with consent to analytics: what it is worth. That is its margin where
  the cost of its goods is known, else its revenue at the margin rate of the orders where it is; where
  no cost is known anywhere, revenue.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

eligible_orders as (

    select
        orders.order_id,
        orders.customer_id,
        orders.ordered_at,
        cast(orders.net_revenue as double) as revenue,
        cast(orders.gross_margin as double) as margin
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

),

rates as (

    select {{ safe_divide(stable_sum('margin'), stable_sum('case when margin is not null then revenue end')) }} as margin_rate
    from eligible_orders

),

final as (

    select
        -- key
        eligible_orders.order_id,

        -- attributes
        eligible_orders.customer_id,
        case when rates.margin_rate is null then 'revenue' else 'margin' end as value_basis,

        -- measures
        eligible_orders.revenue,
        coalesce(eligible_orders.margin, eligible_orders.revenue * coalesce(rates.margin_rate, 1e0)) as order_value,

        -- times
        eligible_orders.ordered_at
    from eligible_orders
    cross join rates

)

select * from final
