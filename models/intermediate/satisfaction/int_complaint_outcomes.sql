{#-
  One row per complaint about an order of a known customer: whether another order followed within
  90 days of the order, and the share of comparable orders without a complaint (same month, same
  band of order number) that were followed by one. Null where 90 days are not over.
-#}
with

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

orders as (

    select * from {{ ref('int_order_followups') }}

),

baseline as (

    select
        order_month,
        order_number_band,
        avg(case when has_repurchased_90d then 1e0 else 0e0 end) as repurchase_share
    from orders
    where is_matured and not has_complaint
    group by order_month, order_number_band

),

final as (

    select
        tickets.ticket_id,
        tickets.resolution_seconds,
        tickets.is_open,
        case
            when orders.is_matured and baseline.repurchase_share is not null
                then orders.has_repurchased_90d
        end as has_repurchased_90d,
        baseline.repurchase_share as would_have_repurchased_share
    from tickets
    inner join orders on tickets.order_id = orders.order_id
    left join baseline
        on
            orders.order_month = baseline.order_month
            and orders.order_number_band = baseline.order_number_band
    where tickets.is_complaint

)

select * from final
