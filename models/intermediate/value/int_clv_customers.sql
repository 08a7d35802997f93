{#-
  One row per period and customer with consent to analytics: repeat orders, recency, age and repeat
  value as the models need them. Period `history` is everything known at as_of; `calibration` ends
  earlier and is what the validation learns from, with what the same customers did afterwards beside
  it. Orders of one day count as one; money is what was known on the last day of the period.
-#}
{%- set segment_by = var('clv_segment_by') -%}
with

orders as (

    select * from {{ ref('orders') }}

),

returns as (

    select * from {{ ref('order_returns') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

{% if segment_by -%}
customers as (

    select * from {{ ref('customers') }}

),

{% endif -%}
reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

eligible_orders as (

    select
        orders.order_id,
        orders.customer_id,
        orders.ordered_on,
        orders.net_amount
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

),

-- 1. a third of the history, at most a year, is held out unless a var says otherwise
span as (

    select
        {{ add_days('max(reference_date.as_of)', -1) }} as last_day,
        {% if var('clv_holdout_days') | int > 0 -%}
        {{ var('clv_holdout_days') | int }}
        {%- else -%}
        cast(least(365, floor({{ days_between('min(eligible_orders.ordered_on)', 'max(reference_date.as_of)') }} / 3e0)) as int)
        {%- endif %} as holdout_days
    from eligible_orders
    cross join reference_date

),

periods as (

    select
        'history' as period,
        last_day as observed_until,
        0 as holdout_days
    from span
    union all
    select
        'calibration' as period,
        {{ add_days('last_day', '-holdout_days') }} as observed_until,
        holdout_days
    from span
    where holdout_days > 0

),

-- 2. what each order was worth by the end of the period
refunds as (

    select
        periods.period,
        returns.order_id,
        sum(returns.refund_amount) as refunded_amount
    from returns
    inner join periods on returns.returned_on <= periods.observed_until
    group by periods.period, returns.order_id

),

order_days as (

    select
        periods.period,
        periods.observed_until,
        periods.holdout_days,
        eligible_orders.customer_id,
        eligible_orders.ordered_on,
        eligible_orders.ordered_on <= periods.observed_until as is_observed,
        cast(sum(eligible_orders.net_amount - coalesce(refunds.refunded_amount, 0)) as decimal(18, 2)) as day_value
    from eligible_orders
    cross join periods
    left join refunds
        on
            periods.period = refunds.period
            and eligible_orders.order_id = refunds.order_id
    group by
        periods.period,
        periods.observed_until,
        periods.holdout_days,
        eligible_orders.customer_id,
        eligible_orders.ordered_on

),

numbered as (

    select
        *,
        min(ordered_on) over (partition by period, customer_id) as first_ordered_on
    from order_days

),

-- 3. one row a customer; who came later than the period is not in it
histories as (

    select
        period,
        observed_until,
        holdout_days,
        customer_id,
        first_ordered_on,
        max(case when is_observed then ordered_on end) as last_ordered_on,
        count(case when is_observed and ordered_on > first_ordered_on then 1 end) as repeat_orders,
        cast(coalesce(
            sum(case when is_observed and ordered_on > first_ordered_on then day_value end), 0
        ) as double) as repeat_revenue,
        cast(coalesce(sum(case when is_observed then day_value end), 0) as double) as revenue,
        count(case when not is_observed then 1 end) as holdout_orders,
        cast(coalesce(sum(case when not is_observed then day_value end), 0) as double) as holdout_revenue
    from numbered
    where first_ordered_on <= observed_until
    group by period, observed_until, holdout_days, customer_id, first_ordered_on

),

final as (

    select
        -- key
        histories.period,
        histories.customer_id,

        -- attributes
        {% if segment_by -%}
        coalesce(cast(customers.{{ segment_by }} as string), '(unknown)')
        {%- else -%}
        '(all)'
        {%- endif %} as segment,
        histories.observed_until,
        histories.holdout_days,
        histories.first_ordered_on,
        histories.last_ordered_on,

        -- measures
        histories.repeat_orders,
        {{ days_between('histories.first_ordered_on', 'histories.last_ordered_on') }} / 7e0 as recency_weeks,
        {{ days_between('histories.first_ordered_on', 'histories.observed_until') }} / 7e0 as age_weeks,
        {{ safe_divide('histories.repeat_revenue', 'histories.repeat_orders') }} as repeat_value,
        histories.revenue,
        histories.holdout_orders,
        histories.holdout_revenue
    from histories
    {%- if segment_by %}
    inner join customers on histories.customer_id = customers.customer_id
    {%- endif %}

)

select * from final
