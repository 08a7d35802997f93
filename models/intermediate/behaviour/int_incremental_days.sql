{#-
  One row per local day from the first order to the last: its block of weeks, within which people are compared with
  themselves, and its season: orders of the day against the mean of its block, drawn towards 1 where orders are few.
-#}
with

orders as (

    select * from {{ ref('orders') }}
    where status != 'cancelled'

),

spans as (

    select
        min(ordered_on) as first_on,
        max(ordered_on) as last_on
    from orders

),

per_day as (

    select
        ordered_on,
        count(*) as order_count
    from orders
    group by ordered_on

),

counted as (

    select
        days.date_day,
        cast({{ floor_divide(days_between('spans.first_on', 'days.date_day'), incremental_block_days()) }} as int) as block_no,
        coalesce(per_day.order_count, 0) as order_count
    from spans
    {{ explode_array(date_array('spans.first_on', 'spans.last_on'), 'days', 'date_day') }}
    left join per_day on days.date_day = per_day.ordered_on

),

-- twenty orders of a mean day speak against the orders of the day
final as (

    select
        date_day,
        block_no,
        order_count,
        (order_count + 20e0) / (sum(order_count) over (partition by block_no) / cast(count(*) over (partition by block_no) as double) + 20e0) as season
    from counted

)

select * from final
