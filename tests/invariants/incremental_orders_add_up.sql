{#-
  Guards the promise of incremental attribution: in every period what the channels added and what would have happened are
  all orders that are not cancelled, and no order is counted in a month that is not its own.
-#}
{{ config(group='behaviour') }}
with

published as (

    select
        period,
        max(order_count) as order_count,
        sum(case when not is_total then incremental_orders end) as credited_orders,
        max(case when is_total then incremental_orders end) as marketing_orders,
        sum(case when not is_total and channel != '(would have happened)' then incremental_orders end) as channel_orders
    from {{ ref('incremental_attribution') }}
    group by period

),

counted as (

    select
        {{ year_month('ordered_on') }} as period,
        count(*) as order_count
    from {{ ref('orders') }}
    where status != 'cancelled'
    group by {{ year_month('ordered_on') }}
    union all
    select
        'all' as period,
        count(*) as order_count
    from {{ ref('orders') }}
    where status != 'cancelled'
    having count(*) > 0

)

select
    counted.period,
    counted.order_count,
    published.credited_orders,
    published.marketing_orders,
    published.channel_orders
from counted
full outer join published on counted.period = published.period
where
    published.period is null
    or counted.period is null
    or counted.order_count != published.order_count
    -- four decimals of each channel
    or abs(published.credited_orders - counted.order_count) > 0.01e0
    or abs(coalesce(published.marketing_orders, 0e0) - coalesce(published.channel_orders, 0e0)) > 0.01e0
