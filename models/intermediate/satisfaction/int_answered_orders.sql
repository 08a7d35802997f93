{#-
  One row per order that an answer is about: its promise and its money, how long the customer waited in
  the shop, and how long pages took to load, on the local day of the order.
-#}
{{ config(materialized='view') }}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

orders as (

    select * from {{ ref('orders') }}

),

identified_orders as (

    select * from {{ ref('int_orders_identified') }}

),

interactions as (

    select * from {{ ref('stg_behaviour__associate_interactions') }}

),

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

-- 1. waiting in the shop, of an account and shop on a local day
waits as (

    select
        source_system,
        account_id,
        store_id,
        {{ local_date('occurred_at') }} as waited_on,
        max(cast(waited_seconds as double)) / 60e0 as waited_minutes
    from interactions
    where account_id is not null and waited_seconds is not null
    group by source_system, account_id, store_id, {{ local_date('occurred_at') }}

),

-- 2. the orders that somebody answered about
asked_orders as (

    select order_id
    from answers
    where order_id is not null
    group by order_id

),

order_days as (

    select
        orders.order_id,
        orders.channel = 'store' as is_store_order,
        identified_orders.source_system,
        identified_orders.account_id,
        identified_orders.device_id,
        orders.store_id,
        orders.associate_id,
        orders.ordered_on,
        orders.promised_at,
        orders.delivered_at,
        orders.net_amount,
        {{ safe_divide('orders.discount_amount', 'orders.gross_amount') }} as discount_share
    from orders
    inner join asked_orders on orders.order_id = asked_orders.order_id
    inner join identified_orders on orders.order_id = identified_orders.order_id

),

-- 3. page load of a device, or else of an account, on a local day
page_loads as (

    select
        device_id,
        {{ local_date('occurred_at') }} as loaded_on,
        avg(cast(page_load_ms as double)) / 1000e0 as page_load_seconds
    from web_events
    where page_load_ms is not null and device_id is not null
    group by device_id, {{ local_date('occurred_at') }}

),

account_page_loads as (

    select
        source_system,
        account_id,
        {{ local_date('occurred_at') }} as loaded_on,
        avg(cast(page_load_ms as double)) / 1000e0 as page_load_seconds
    from web_events
    where page_load_ms is not null and account_id is not null
    group by source_system, account_id, {{ local_date('occurred_at') }}

),

final as (

    select
        -- key
        order_days.order_id,

        -- attributes
        order_days.is_store_order,
        order_days.associate_id,

        -- times
        order_days.promised_at,
        order_days.delivered_at,

        -- measures
        order_days.net_amount,
        order_days.discount_share,
        waits.waited_minutes,
        case
            when not order_days.is_store_order
                then coalesce(page_loads.page_load_seconds, account_page_loads.page_load_seconds)
        end as page_load_seconds
    from order_days
    left join waits
        on
            order_days.source_system = waits.source_system
            and order_days.account_id = waits.account_id
            and order_days.store_id = waits.store_id
            and order_days.ordered_on = waits.waited_on
    left join page_loads
        on
            order_days.device_id = page_loads.device_id
            and order_days.ordered_on = page_loads.loaded_on
            and not order_days.is_store_order
    left join account_page_loads
        on
            order_days.source_system = account_page_loads.source_system
            and order_days.account_id = account_page_loads.account_id
            and order_days.ordered_on = account_page_loads.loaded_on
            and not order_days.is_store_order

)

select * from final
