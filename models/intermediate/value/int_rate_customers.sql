{#-
  One row per rate model, period (calibration, history) and customer: what is known of their rate of
  ordering at the end of the period. Orders of the next w weeks are then a gamma-Poisson count with
  shape `rate_shape` and w / (rate_weeks + w). Model naive_rate lets everybody go on at their rate so far.
-#}
with

customers as (

    select * from {{ ref('int_clv_customers') }}

),

fits as (

    select * from {{ ref('int_clv_fits') }}
    where model = 'drifting_rate'

),

order_days as (

    select * from {{ ref('int_order_days') }}

),

fitted as (

    select
        customers.*,
        fits.parameter_1 as r,
        fits.parameter_2 as alpha,
        fits.parameter_3 as half_life_weeks
    from customers
    inner join fits
        on
            customers.period = fits.period
            and customers.segment = fits.segment

),

evidence as (

    select
        fitted.period,
        fitted.customer_id,
        {{ decayed_orders('order_days.ordered_on', 'fitted.observed_until', 'fitted.half_life_weeks') }} as decayed_orders
    from fitted
    inner join order_days
        on
            fitted.customer_id = order_days.customer_id
            and fitted.first_ordered_on < order_days.ordered_on
            and fitted.observed_until >= order_days.ordered_on
    group by fitted.period, fitted.customer_id

),

drifting as (

    select
        'drifting_rate' as model,
        fitted.period,
        fitted.customer_id,
        fitted.r + coalesce(evidence.decayed_orders, 0e0) as rate_shape,
        fitted.alpha + {{ decayed_weeks('fitted.age_weeks', 'fitted.half_life_weeks') }} as rate_weeks
    from fitted
    left join evidence
        on
            fitted.period = evidence.period
            and fitted.customer_id = evidence.customer_id

),

naive as (

    select
        'naive_rate' as model,
        period,
        customer_id,
        -- nobody's rate is exactly nothing: logarithms follow
        greatest(cast(repeat_orders as double), 1e-9) as rate_shape,
        greatest(age_weeks, 1e0 / 7e0) as rate_weeks
    from customers

),

final as (

    select * from drifting
    union all
    select * from naive

)

select * from final
