{#-
  One row per horizon that is over since a build before this one: order days that it foretold of its buyers,
  and those that came. Sums only: who was meant is told from the day of the first order.
-#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

orders as (

    select * from {{ ref('orders') }}

),

customer_values as (

    select * from {{ ref('customer_clv') }}

),

remembered as (

    {{ model_memory('forecast') }}

),

held as (

    select
        remembered.as_of as foretold_on,
        remembered.model,
        remembered.algorithm,
        remembered.name,
        remembered.value
    from remembered
    cross join reference_date
    where
        remembered.model = 'clv_orders'
        and remembered.as_of < reference_date.as_of

),

-- 1. the newest build whose horizon is over
horizons as (

    {%- for days in [30, 90] %}
    select
        {{ days }} as horizon_days,
        max(held.foretold_on) as foretold_on
    from held
    cross join reference_date
    where
        held.name = 'orders:{{ days }}'
        and {{ add_days('held.foretold_on', days) }} <= reference_date.as_of
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

came as (

    select
        horizons.horizon_days,
        horizons.foretold_on,
        orders.customer_id,
        orders.ordered_on
    from orders
    inner join customer_values on orders.customer_id = customer_values.customer_id
    inner join horizons
        on
            customer_values.first_ordered_on < horizons.foretold_on
            and orders.ordered_on >= horizons.foretold_on
            and orders.ordered_on < {{ add_days('horizons.foretold_on', 'horizons.horizon_days') }}
    group by horizons.horizon_days, horizons.foretold_on, orders.customer_id, orders.ordered_on

),

came_counts as (

    select
        horizon_days,
        count(*) as order_count
    from came
    group by horizon_days

),

final as (

    select
        horizons.horizon_days,
        held.algorithm,
        held.value as foretold,
        coalesce(came_counts.order_count, 0) as order_count
    from horizons
    inner join held
        on
            horizons.foretold_on = held.foretold_on
            and held.name = concat('orders:', {{ as_text('horizons.horizon_days') }})
    left join came_counts on horizons.horizon_days = came_counts.horizon_days

)

select * from final
