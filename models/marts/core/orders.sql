{#- One row per order that is not cancelled, returns netted. -#}
with

orders as (

    select * from {{ ref('int_orders_identified') }}

),

lines as (

    select * from {{ ref('int_order_lines_balanced') }}

),

returns as (

    select * from {{ ref('int_returns_valued') }}

),

payments as (

    select * from {{ ref('int_payments_by_order') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

-- 1. goods: units, and the cost of what was not returned; unknown where any line lacks a cost
goods as (

    select
        order_id,
        cast(sum(quantity) as decimal(18, 4)) as item_count,
        count(*) as line_count,
        max(case when is_balancing_line then 1 else 0 end) = 1 as has_balancing_line,
        case
            when count(case when not is_balancing_line then 1 end) = 0 then null
            when count(case when not is_balancing_line and unit_cost is null then 1 end) > 0 then null
            else try_cast(sum(cast(unit_cost as decimal(19, 4)) * (quantity - returned_quantity)) as decimal(18, 2))
        end as cost_amount
    from lines
    group by order_id

),

-- 2. money that went back
refunds as (

    select
        order_id,
        count(*) as return_count,
        max(case when return_type = 'exchange' then 1 else 0 end) = 1 as has_exchange,
        cast(sum(refund_amount) as decimal(18, 2)) as refunded_amount
    from returns
    group by order_id

),

joined as (

    select
        orders.*,
        accounts.customer_id,
        goods.item_count,
        goods.line_count,
        goods.has_balancing_line,
        goods.cost_amount,
        payments.payment_method,
        coalesce(payments.payment_method_count, 0) as payment_method_count,
        coalesce(refunds.return_count, 0) as return_count,
        coalesce(refunds.has_exchange, false) as has_exchange,
        coalesce(refunds.refunded_amount, 0) as refunded_amount
    from orders
    left join accounts on orders.account_key = accounts.account_key
    left join goods on orders.order_id = goods.order_id
    left join refunds on orders.order_id = refunds.order_id
    left join payments on orders.order_id = payments.order_id

),

-- 3. the order's place in its customer's history
numbered as (

    select
        *,
        case
            when customer_id is not null
                then row_number() over (partition by customer_id order by ordered_at asc, order_id asc)
        end as customer_order_number,
        case
            when customer_id is not null
                then lag(ordered_on) over (partition by customer_id order by ordered_at asc, order_id asc)
        end as previous_ordered_on
    from joined

),

final as (

    select
        -- key
        order_id,

        -- attributes
        customer_id,
        account_key,
        source_system,
        channel,
        store_id,
        status,
        payment_method,
        payment_method_count,
        campaign_id,
        coupon_code,
        associate_id,
        currency,
        cast(customer_order_number as bigint) as customer_order_number,
        {{ days_between('previous_ordered_on', 'ordered_on') }} as days_since_previous_order,
        has_balancing_line,
        has_exchange,
        refunded_amount > net_amount as is_over_refunded,
        is_erased,

        -- measures
        item_count,
        line_count,
        return_count,
        gross_amount,
        discount_amount,
        shipping_amount,
        tax_amount,
        net_amount,
        cast(refunded_amount as decimal(18, 2)) as refunded_amount,
        cast(net_amount - refunded_amount as decimal(18, 2)) as net_revenue,
        cast(net_amount - refunded_amount - cost_amount as decimal(18, 2)) as gross_margin,

        -- times
        ordered_at,
        ordered_on,
        shipped_at,
        promised_at,
        delivered_at
    from numbered

)

select * from final
