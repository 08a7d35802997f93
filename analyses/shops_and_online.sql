{#-
  What are customers worth who buy in shops, online, or in both? Channel `store` is a shop; every
  other channel is online. Orders without a known customer are left out.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

by_customer as (

    select
        customer_id,
        max(case when channel = 'store' then 1 else 0 end) as shop_buyer,
        max(case when channel != 'store' then 1 else 0 end) as online_buyer,
        count(*) as order_count,
        sum(net_revenue) as net_revenue
    from orders
    where customer_id is not null
    group by customer_id

),

labelled as (

    select
        case
            when shop_buyer = 1 and online_buyer = 1 then 'both'
            when shop_buyer = 1 then 'shop only'
            else 'online only'
        end as buys_in,
        order_count,
        net_revenue
    from by_customer

),

final as (

    select
        buys_in,
        count(*) as customers,
        sum(net_revenue) as net_revenue,
        round({{ safe_divide('sum(net_revenue)', 'count(*)') }}, 2) as revenue_per_customer,
        round({{ safe_divide('sum(order_count)', 'count(*)') }}, 2) as orders_per_customer,
        round({{ safe_divide('sum(net_revenue)', 'sum(order_count)') }}, 2) as revenue_per_order
    from labelled
    group by buys_in

)

select * from final
order by buys_in asc
