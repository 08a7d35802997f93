{#-
  One row per customer: the orders of the next year by the model that is used, with the interval whose
  level the holdout gave (int_interval_levels), and the probability that the customer has not left. The next
  30 and 90 days have the season of their months where that holds (order_seasonality).
-#}
{%- set discount = 1 + var('clv_annual_discount_rate') | float -%}
with

customers as (

    select * from {{ ref('int_year_customers') }}

),

expectations as (

    select * from {{ ref('int_year_expectations') }}

),

choice as (

    select * from {{ ref('int_clv_choice') }}

),

rates as (

    select * from {{ ref('int_rate_customers') }}
    where period = 'history'

),

levels as (

    select * from {{ ref('int_interval_levels') }}
    where learned_from = 'both'

),

season_factors as (

    select * from {{ ref('int_season_factors') }}

),

classed as (

    select
        customers.*,
        choice.model as used_model,
        {{ repeat_class('customers.repeat_orders') }} as repeat_class
    from customers
    cross join choice

),

-- 1. without a holdout 5 % on each side, as the model has it
levelled as (

    select
        classed.*,
        coalesce(levels.order_level, everybody.order_level, 0.05e0) as order_level,
        coalesce(levels.money_level, everybody.money_level, 0.05e0) as money_level,
        case when everybody.customers >= 50 then 'holdout' else 'model' end as interval_basis
    from classed
    left join levels
        on
            classed.used_model = levels.model
            and classed.repeat_class = levels.repeat_class
    left join levels as everybody
        on
            classed.used_model = everybody.model
            and everybody.repeat_class = '(all)'

),

-- 2. a model in which people leave: the probability to be still a customer, times what such a one orders
leaving as (

    select
        levelled.customer_id,
        levelled.probability_alive * expectations.orders_if_alive_30d as expected_orders_30d,
        levelled.probability_alive * expectations.orders_if_alive_90d as expected_orders_90d,
        levelled.probability_alive * expectations.orders_if_alive_365d as expected_orders_365d,
        levelled.probability_alive * expectations.discounted_orders_if_alive as discounted_orders_365d,
        levelled.probability_alive * expectations.orders_square_if_alive as orders_square,
        1e0 - levelled.probability_alive * {{ array_get('expectations.at_least_if_alive', '1') }} as no_order,
        {{ order_quantile('expectations.at_least_if_alive', 'levelled.probability_alive', '(1e0 - levelled.order_level)') }} as orders_low,
        {{ order_quantile('expectations.at_least_if_alive', 'levelled.probability_alive', 'levelled.order_level') }} as orders_high
    from levelled
    inner join expectations
        on
            levelled.model = expectations.model
            and levelled.segment = expectations.segment
            and levelled.repeat_orders = expectations.repeat_orders
            and levelled.age_weeks = expectations.age_weeks
    where levelled.used_model = levelled.model

),

-- 3. a rate that drifts or stands: the same all year, a gamma-Poisson count
reached as (

    select
        levelled.customer_id,
        levelled.order_level,
        rates.rate_shape,
        rates.rate_shape / rates.rate_weeks as orders_per_week,
        rates.rate_weeks / (rates.rate_weeks + 365 / 7e0) as stay,
        rates.rate_shape / rates.rate_weeks * 365 / 7e0 as expected_orders_365d
    from levelled
    inner join rates
        on
            levelled.used_model = rates.model
            and levelled.customer_id = rates.customer_id

),

counted as (

    select
        reached.*,
        count_list.order_count
    from reached
    {{ explode_array(
        number_array(1, 'least(1000, 12 + ceil(reached.expected_orders_365d'
            ~ ' + 6 * sqrt(reached.expected_orders_365d / reached.stay)))'),
        'count_list', 'order_count'
    ) }}

),

fewer as (

    select
        *,
        exp(
            {{ log_gamma('rate_shape + order_count - 1') }} - {{ log_gamma('rate_shape') }} - {{ log_gamma('order_count') }}
            + rate_shape * ln(stay) + (order_count - 1) * ln(1e0 - stay)
        ) as count_before_probability
    from counted

),

at_least as (

    select
        *,
        1e0 - sum(count_before_probability) over (
            partition by customer_id order by order_count
            rows between unbounded preceding and current row
        ) as at_least_probability
    from fewer

),

bounds as (

    select
        customer_id,
        cast(count(case when at_least_probability > 1e0 - order_level then 1 end) as double) as orders_low,
        cast(count(case when at_least_probability > order_level then 1 end) as double) as orders_high
    from at_least
    group by customer_id

),

drifting as (

    select
        reached.customer_id,
        reached.orders_per_week * 30 / 7e0 as expected_orders_30d,
        reached.orders_per_week * 90 / 7e0 as expected_orders_90d,
        reached.expected_orders_365d,
        reached.expected_orders_365d * (
            {%- for month in range(1, 13) %}power({{ discount }}e0, -{{ month }} / 12e0){{ ' + ' if not loop.last }}{% endfor -%}
        ) / 12e0 as discounted_orders_365d,
        reached.expected_orders_365d * (1e0 / reached.stay + reached.expected_orders_365d) as orders_square,
        exp(reached.rate_shape * ln(reached.stay)) as no_order,
        bounds.orders_low,
        bounds.orders_high
    from reached
    inner join bounds on reached.customer_id = bounds.customer_id

),

outlooks as (

    select * from leaving
    union all
    select * from drifting

),

-- 4. a year has every season once; a part of it does not. No part brings more than the whole
seasonal as (

    select
        outlooks.*,
        least(outlooks.expected_orders_365d, outlooks.expected_orders_30d * season_factors.season_30d) as seasonal_orders_30d,
        least(
            outlooks.expected_orders_365d,
            outlooks.expected_orders_30d * season_factors.season_30d
            + (outlooks.expected_orders_90d - outlooks.expected_orders_30d) * season_factors.season_60d
        ) as seasonal_orders_90d
    from outlooks
    cross join season_factors

),

final as (

    select
        -- key and attributes
        levelled.customer_id,
        levelled.used_model as model,
        levelled.model as leaving_model,
        levelled.segment,
        levelled.order_value_basis,
        levelled.interval_basis,

        -- history
        levelled.repeat_orders,
        levelled.recency_weeks,
        levelled.age_weeks,
        levelled.first_ordered_on,
        levelled.last_ordered_on,

        -- expectations
        levelled.probability_alive,
        levelled.expected_order_value,
        levelled.spend_p,
        levelled.spend_shape,
        levelled.money_level,
        seasonal.seasonal_orders_30d as expected_orders_30d,
        seasonal.seasonal_orders_90d as expected_orders_90d,
        seasonal.expected_orders_365d,
        seasonal.discounted_orders_365d,
        seasonal.orders_square,
        greatest(0e0, least(1e0, seasonal.no_order)) as no_order,
        seasonal.orders_low,
        seasonal.orders_high
    from levelled
    inner join seasonal on levelled.customer_id = seasonal.customer_id

)

select * from final
