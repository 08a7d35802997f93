{#-
  One row per customer with an order: how often and how regularly they buy, in how many categories, and
  what they send back. Before consent.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. orders: totals, the trailing year, and the rhythm
purchases as (

    select
        orders.customer_id,
        count(*) as order_count,
        count(case when orders.ordered_on >= {{ add_days('reference_date.as_of', -365) }} then 1 end) as orders_365d,
        count(distinct {{ year_month('orders.ordered_on') }}) as active_months,
        min(orders.ordered_on) as first_ordered_on,
        max(orders.ordered_on) as last_ordered_on,
        min(case when orders.customer_order_number = 2 then orders.ordered_on end) as second_ordered_on,
        percentile_cont(0.5) within group (
            order by cast(orders.days_since_previous_order as double)
        ) as median_gap_days
    from orders
    cross join reference_date
    where orders.customer_id is not null
    group by orders.customer_id

),

-- 2. goods: how broadly, and what came back
goods as (

    select
        customer_id,
        count(distinct category) as category_count,
        {{ safe_divide('cast(sum(returned_quantity) as double)', 'cast(sum(quantity) as double)') }} as returned_unit_share
    from lines
    where customer_id is not null
    group by customer_id

),

final as (

    select
        -- key
        purchases.customer_id,

        -- orders
        purchases.order_count,
        purchases.orders_365d,
        purchases.active_months,
        purchases.median_gap_days,
        {{ days_between('purchases.last_ordered_on', 'reference_date.as_of') }} as days_since_last_order,

        -- the 90 days after the first order
        {{ add_days('purchases.first_ordered_on', 90) }} < reference_date.as_of as is_90d_cohort_matured,
        purchases.second_ordered_on <= {{ add_days('purchases.first_ordered_on', 90) }} as came_back_in_90d,

        -- goods
        goods.category_count,
        goods.returned_unit_share,

        -- times
        purchases.first_ordered_on,
        purchases.last_ordered_on
    from purchases
    cross join reference_date
    left join goods on purchases.customer_id = goods.customer_id

)

select * from final
