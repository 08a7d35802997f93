{#-
  One row per month end and customer with an order by then: the segment as it would have been
  computed on that day, from orders and returns up to then.
-#}
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

grid as (

    select * from {{ ref('rfm_grid') }}

),

{% if var('rfm_scoring') == 'thresholds' -%}
thresholds as (

    select * from {{ ref('rfm_thresholds') }}

),

{% endif -%}
reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. money moves in the month of the order, and back in the month of the return
movements as (

    select
        orders.customer_id,
        {{ date_trunc_to('month', 'orders.ordered_on') }} as month,
        orders.ordered_on,
        1 as order_count,
        orders.net_amount as amount
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

    union all

    select
        orders.customer_id,
        {{ date_trunc_to('month', 'returns.returned_on') }} as month,
        cast(null as date) as ordered_on,
        0 as order_count,
        -returns.refund_amount as amount
    from returns
    inner join orders on returns.order_id = orders.order_id
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

),

by_month as (

    select
        customer_id,
        month,
        max(ordered_on) as last_ordered_on,
        sum(order_count) as order_count,
        sum(amount) as net_revenue
    from movements
    group by customer_id, month

),

-- 2. months whose end lies before the reference date
bounds as (

    select
        min(by_month.month) as first_month,
        {{ add_months_to(date_trunc_to('month', 'max(reference_date.as_of)'), -1) }} as last_month
    from by_month
    cross join reference_date

),

customers as (

    select
        customer_id,
        row_number() over (order by customer_id) as customer_number,
        min(case when order_count > 0 then month end) as first_order_month
    from by_month
    group by customer_id

),

-- from here on a customer is a number: the text comes back in the end
numbered_months as (

    select
        customers.customer_number,
        by_month.month,
        by_month.last_ordered_on,
        by_month.order_count,
        by_month.net_revenue
    from by_month
    inner join customers on by_month.customer_id = customers.customer_id

),

customer_months as (

    select
        customers.customer_number,
        {{ add_months_to('bounds.first_month', 'month_list.month_offset') }} as month
    from customers
    cross join bounds
    {{ explode_array(
        number_array(0, months_between_dates('bounds.first_month', 'bounds.last_month')),
        'month_list', 'month_offset'
    ) }}
    where {{ add_months_to('bounds.first_month', 'month_list.month_offset') }} >= customers.first_order_month

),

-- 3. totals up to each month end
cumulative as (

    select
        customer_months.customer_number,
        customer_months.month,
        {{ add_days(add_months_to('customer_months.month', 1), -1) }} as month_end,
        coalesce(numbered_months.net_revenue, 0) as net_revenue_in_month,
        max(numbered_months.last_ordered_on) over (
            partition by customer_months.customer_number order by customer_months.month
        ) as last_ordered_on,
        sum(numbered_months.order_count) over (
            partition by customer_months.customer_number order by customer_months.month
        ) as frequency,
        sum(numbered_months.net_revenue) over (
            partition by customer_months.customer_number order by customer_months.month
        ) as monetary
    from customer_months
    left join numbered_months
        on
            customer_months.customer_number = numbered_months.customer_number
            and customer_months.month = numbered_months.month

),

recent as (

    select
        *,
        {{ days_between('last_ordered_on', add_days('month_end', 1)) }} as recency_days
    from cumulative

),

-- 4. the same scores as customer_rfm, within each month end
scored as (

    select
        *,
        {{ rfm_score('recency_days', partition_by='month') }} as recency_score,
        {{ rfm_score('frequency', partition_by='month') }} as frequency_score,
        {{ rfm_score('monetary', partition_by='month') }} as monetary_score
    from recent

),

final as (

    select
        customers.customer_id,
        scored.month,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        grid.segment,
        cast(scored.net_revenue_in_month as decimal(18, 2)) as net_revenue_in_month
    from scored
    inner join customers on scored.customer_number = customers.customer_number
    inner join grid
        on
            scored.recency_score = grid.recency_score
            and scored.frequency_score = grid.frequency_score
            and scored.monetary_score = grid.monetary_score

)

select * from final
