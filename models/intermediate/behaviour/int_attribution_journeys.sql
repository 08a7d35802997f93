{#-
  One row per order and touch within its look-back, numbered from the first: the journey to the
  order. A touch that yields to engagement stays only where nothing else touched the order.
-#}
with

touches as (

    select * from {{ ref('int_attribution_touches') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

-- by itself: a planner that doubts the numbers of people would compare times before it joins people
orders as {{ per_engine('materialized', '') }} (

    select
        orders.order_id,
        orders.ordered_at,
        people.person_number
    from {{ ref('orders') }} as orders
    inner join people on orders.customer_id = people.person_key

),

within as (

    select
        orders.order_id,
        orders.person_number,
        orders.ordered_at,
        touches.touchpoint_id,
        touches.occurred_at,
        touches.channel,
        touches.campaign_id,
        touches.is_direct,
        touches.yields_to_engagement,
        count(case when not touches.yields_to_engagement then 1 end) over (partition by orders.order_id) as engaged_touches
    from orders
    inner join touches
        on
            orders.person_number = touches.person_number
            and orders.ordered_at >= touches.occurred_at
            and {{ seconds_between('touches.occurred_at', 'orders.ordered_at') }} <= touches.lookback_days * 86400e0

),

final as (

    select
        order_id,
        person_number,
        ordered_at,
        touchpoint_id,
        occurred_at,
        channel,
        campaign_id,
        is_direct,
        {{ seconds_between('occurred_at', 'ordered_at') }} / 86400e0 as days_before,
        row_number() over (
            partition by order_id
            order by occurred_at asc, touchpoint_id asc
        ) as touch_number,
        count(*) over (partition by order_id) as touch_count
    from within
    where not yields_to_engagement or engaged_touches = 0

)

select * from final
