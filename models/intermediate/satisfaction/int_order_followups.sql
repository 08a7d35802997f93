{#-
  One row per order of a known customer: did another order follow within 90 days, is that already
  known (matured), and the stratum that it is compared in: month, and how many orders came before.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

complained as (

    select order_id
    from {{ ref('int_service_tickets') }}
    where is_complaint and order_id is not null
    group by order_id

),

sequenced as (

    select
        order_id,
        customer_id,
        ordered_on,
        ordered_at,
        customer_order_number,
        lead(ordered_on) over (partition by customer_id order by ordered_at asc, order_id asc) as next_ordered_on
    from orders
    where customer_id is not null

),

final as (

    select
        sequenced.order_id,
        sequenced.customer_id,
        sequenced.ordered_on,
        sequenced.ordered_at,
        {{ date_trunc_to('month', 'sequenced.ordered_on') }} as order_month,
        case
            when sequenced.customer_order_number = 1 then 'first'
            when sequenced.customer_order_number <= 3 then 'second or third'
            when sequenced.customer_order_number <= 9 then 'fourth to ninth'
            else 'tenth or later'
        end as order_number_band,
        complained.order_id is not null as has_complaint,
        {{ add_days('sequenced.ordered_on', 90) }} < reference_date.as_of as is_matured,
        coalesce(
            sequenced.next_ordered_on <= {{ add_days('sequenced.ordered_on', 90) }}, false
        ) as has_repurchased_90d
    from sequenced
    cross join reference_date
    left join complained on sequenced.order_id = complained.order_id

)

select * from final
