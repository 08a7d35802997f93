{#-
  Who comes back? Of the customers who bought first in a quarter, the share with a second order within 90 days,
  by the channel of the first, with its 95 % interval. Customers whose 90 days are not over yet are left out, so the
  newest quarter may hold its first weeks only.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

first_orders as (

    select
        customer_id,
        channel,
        ordered_on
    from orders
    where customer_order_number = 1

),

second_orders as (

    select
        customer_id,
        days_since_previous_order
    from orders
    where customer_order_number = 2

),

counted as (

    select
        {{ date_trunc_to('quarter', 'first_orders.ordered_on') }} as first_quarter,
        first_orders.channel as first_channel,
        count(*) as customers,
        count(case when second_orders.days_since_previous_order <= 90 then 1 end) as returned_in_90_days
    from first_orders
    cross join reference_date
    left join second_orders on first_orders.customer_id = second_orders.customer_id
    where {{ add_days('first_orders.ordered_on', 90) }} < reference_date.as_of
    group by {{ date_trunc_to('quarter', 'first_orders.ordered_on') }}, first_orders.channel

),

final as (

    select
        first_quarter,
        first_channel,
        customers,
        returned_in_90_days,
        round({{ safe_divide('returned_in_90_days', 'customers') }}, 3) as return_share,
        round({{ wilson_low('returned_in_90_days', 'customers') }}, 3) as return_share_low,
        round({{ wilson_high('returned_in_90_days', 'customers') }}, 3) as return_share_high
    from counted

)

select * from final
order by first_quarter asc, first_channel asc
