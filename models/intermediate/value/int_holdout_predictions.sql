{#-
  One row per model and customer of the calibration period: what was predicted for the holdout, what
  came, and how far out in the predicted distribution that lies (order_score, money_score: the smaller
  of the probabilities of at most and of at least as much). The naive model lets everybody go on at
  their rate so far.
-#}
with

customers as (

    select * from {{ ref('int_holdout_customers') }}

),

expectations as (

    select * from {{ ref('int_holdout_expectations') }}

),

rates as (

    select * from {{ ref('int_rate_customers') }}
    where period = 'calibration'

),

-- 1. the models in which people leave
leaving as (

    select
        customers.model,
        customers.customer_id,
        customers.repeat_orders,
        customers.mean_order_value,
        customers.expected_order_value,
        customers.spend_p,
        customers.spend_shape,
        customers.probability_alive * expectations.orders_if_alive_holdout as predicted_orders,
        customers.probability_alive * expectations.orders_square_if_alive as orders_square,
        1e0 - customers.probability_alive * {{ array_get('expectations.at_least_if_alive', '1') }} as no_order,
        case
            when customers.holdout_orders = 0e0 then 1e0
            else customers.probability_alive * coalesce(
                {{ array_get('expectations.at_least_if_alive', 'cast(greatest(customers.holdout_orders, 1e0) as int)') }}, 0e0
            )
        end as at_least_probability,
        1e0 - customers.probability_alive * coalesce(
            {{ array_get('expectations.at_least_if_alive', 'cast(customers.holdout_orders as int) + 1') }}, 0e0
        ) as at_most_probability,
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

-- 2. the models in which rates drift or stand
reached as (

    select
        rates.model,
        customers.customer_id,
        customers.repeat_orders,
        customers.mean_order_value,
        customers.expected_order_value,
        customers.spend_p,
        customers.spend_shape,
        rates.rate_shape,
        rates.rate_shape / rates.rate_weeks * customers.holdout_days / 7e0 as predicted_orders,
        rates.rate_weeks / (rates.rate_weeks + customers.holdout_days / 7e0) as stay,
        customers.holdout_orders,
        customers.holdout_orders + 1e0 as orders_after,
        customers.holdout_revenue
    from customers
    inner join rates on customers.customer_id = rates.customer_id
    where customers.model = 'bg_nbd'

),

counted as (

    select
        *,
        -- P(at most n) of a gamma-Poisson count
        {{ incomplete_beta('stay', 'rate_shape', 'orders_after') }} as at_most_probability,
        case when holdout_orders > 0e0 then {{ incomplete_beta('stay', 'rate_shape', 'holdout_orders') }} else 0e0 end
            as fewer_probability
    from reached

),

rated as (

    select
        model,
        customer_id,
        repeat_orders,
        mean_order_value,
        case when model = 'naive_rate' then mean_order_value else expected_order_value end as expected_order_value,
        spend_p,
        spend_shape,
        case when model = 'naive_rate' and repeat_orders = 0e0 then 0e0 else predicted_orders end as predicted_orders,
        predicted_orders * (1e0 / stay + predicted_orders) as orders_square,
        exp(rate_shape * ln(stay)) as no_order,
        1e0 - fewer_probability as at_least_probability,
        at_most_probability,
        holdout_orders,
        holdout_revenue
    from counted

),

unioned as (

    select * from leaving
    union all
    select
        model,
        customer_id,
        repeat_orders,
        mean_order_value,
        expected_order_value,
        spend_p,
        spend_shape,
        predicted_orders,
        orders_square,
        no_order,
        at_least_probability,
        at_most_probability,
        holdout_orders,
        holdout_revenue
    from rated

),

-- 3. the money of these orders
squared as (

    select
        *,
        predicted_orders * expected_order_value as money,
        {{ money_square('predicted_orders', 'orders_square', 'expected_order_value', 'spend_shape', 'spend_p') }} as money_square
    from unioned

),

varied as (

    select
        *,
        {{ money_log_variance('money', 'money_square', 'no_order') }} as log_variance
    from squared

),

centred as (

    select
        *,
        (ln(greatest(holdout_revenue, 1e-9)) - {{ money_log_mean('money', 'log_variance', 'no_order') }}) / sqrt(log_variance)
            as money_z
    from varied

),

scored as (

    select
        *,
        least(at_least_probability, at_most_probability) as order_score,
        case
            when holdout_revenue <= 0e0 then no_order
            else least(
                no_order + (1e0 - no_order) * {{ normal_cdf('money_z') }},
                (1e0 - no_order) * (1e0 - {{ normal_cdf('money_z') }})
            )
        end as money_score
    from centred

),

final as (

    select
        -- key
        model,
        customer_id,

        -- attributes
        {{ repeat_class('repeat_orders') }} as repeat_class,

        -- measures
        repeat_orders,
        predicted_orders,
        expected_order_value,
        {{ round_significant('order_score', 6) }} as order_score,
        {{ round_significant('money_score', 6) }} as money_score,
        holdout_orders,
        holdout_revenue
    from scored

)

select * from final
