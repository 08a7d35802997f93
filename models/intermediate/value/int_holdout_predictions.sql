{#-
  One row per model and customer of the calibration period: what was predicted for the holdout and
  what came. The naive model lets everybody go on at their rate so far.
-#}
with

customers as (

    select * from {{ ref('int_holdout_customers') }}

),

expectations as (

    select * from {{ ref('int_holdout_expectations') }}

),

modelled as (

    select
        customers.model,
        customers.customer_id,
        customers.repeat_orders,
        customers.probability_alive * expectations.orders_if_alive_holdout as predicted_orders,
        customers.expected_order_value,
        {{ order_quantile('expectations.at_least_if_alive', 'customers.probability_alive', '0.95e0') }} as orders_low,
        {{ order_quantile('expectations.at_least_if_alive', 'customers.probability_alive', '0.05e0') }} as orders_high,
        customers.holdout_orders,
        customers.holdout_revenue
    from customers
    inner join expectations
        on
            customers.model = expectations.model
            and customers.segment = expectations.segment
            and customers.repeat_orders = expectations.repeat_orders
            and customers.age_weeks = expectations.age_weeks

),

naive as (

    select
        'naive_rate' as model,
        customer_id,
        repeat_orders,
        coalesce({{ safe_divide('repeat_orders', 'age_weeks') }}, 0e0) * holdout_days / 7e0 as predicted_orders,
        mean_order_value as expected_order_value,
        cast(null as double) as orders_low,
        cast(null as double) as orders_high,
        holdout_orders,
        holdout_revenue
    from customers
    where model = 'bg_nbd'

),

final as (

    select * from modelled
    union all
    select * from naive

)

select * from final
