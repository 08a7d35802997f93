{#- Guards the trailing repurchase rate, which is counted by comings and goings: for every month it equals a plain recount of the 365 days before the month's end, or before as_of. -#}
with

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

metrics as (

    select * from {{ ref('loyalty_metrics') }}
    where dimension in ('all', 'channel')

),

months as (

    select
        metrics.period_start,
        metrics.dimension,
        metrics.dimension_value,
        metrics.buyers_365d,
        metrics.repurchasers_365d,
        least(
            {{ add_days(add_months_to('metrics.period_start', 1), -1) }},
            {{ add_days('reference_date.as_of', -1) }}
        ) as last_day
    from metrics
    cross join reference_date

),

buyers as (

    select
        months.period_start,
        months.dimension,
        months.dimension_value,
        orders.customer_id,
        count(*) as order_count
    from months
    inner join orders
        on
            months.last_day >= orders.ordered_on
            and {{ add_days('months.last_day', -365) }} < orders.ordered_on
            and (months.dimension = 'all' or months.dimension_value = orders.channel)
    where orders.customer_id is not null
    group by months.period_start, months.dimension, months.dimension_value, orders.customer_id

),

recounted as (

    select
        period_start,
        dimension,
        dimension_value,
        count(*) as buyers_365d,
        count(case when order_count >= 2 then 1 end) as repurchasers_365d
    from buyers
    group by period_start, dimension, dimension_value

)

select
    months.period_start,
    months.dimension_value
from months
left join recounted
    on
        months.period_start = recounted.period_start
        and months.dimension = recounted.dimension
        and months.dimension_value = recounted.dimension_value
where
    months.buyers_365d != coalesce(recounted.buyers_365d, 0)
    or months.repurchasers_365d != coalesce(recounted.repurchasers_365d, 0)
