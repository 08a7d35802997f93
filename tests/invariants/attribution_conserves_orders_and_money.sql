-- Guards that attribution only distributes: per model the credits of an order add up to 1 and its
-- revenue to the cent; per goal and model all channels together hold the orders and the revenue of
-- the goal; and money spent is the same under every goal and model.
with

per_order as (

    select
        order_id,
        model,
        sum(credit) as credit,
        sum(attributed_revenue) as revenue
    from {{ ref('attributed_orders') }}
    group by order_id, model

),

models as (

    select model
    from per_order
    group by model

),

orders as (

    select * from {{ ref('orders') }}

),

wrong_orders as (

    select
        orders.order_id as subject,
        models.model,
        'credit and revenue of an order' as promise
    from orders
    cross join models
    left join per_order
        on
            orders.order_id = per_order.order_id
            and models.model = per_order.model
    where
        per_order.order_id is null
        -- sums of shares: far below anything a reader could see
        or abs(per_order.credit - 1) > 1e-9
        or per_order.revenue != orders.net_revenue

),

totals as (

    select
        goal,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue,
        sum(cost) as cost
    from {{ ref('channel_attribution') }}
    group by goal, model

),

everything as (

    select
        count(*) as orders,
        coalesce(sum(net_revenue), 0) as revenue
    from orders

),

wrong_totals as (

    select
        totals.goal as subject,
        totals.model,
        'all orders and all revenue' as promise
    from totals
    cross join everything
    where
        totals.goal = 'order'
        and (abs(totals.conversions - everything.orders) > 1e-6 or totals.revenue != everything.revenue)

),

wrong_costs as (

    select
        'cost' as subject,
        'all' as model,
        'the same cost under every goal and model' as promise
    from totals
    having min(cost) != max(cost)

)

select * from wrong_orders
union all
select * from wrong_totals
union all
select * from wrong_costs
