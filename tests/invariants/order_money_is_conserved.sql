{#-
  Guards that money neither appears nor vanishes between staging and marts: accepted orders that
  are not cancelled, the mart's orders, their lines, and their returns tell the same sums.
-#}
with

staged as (

    select sum({{ to_base('net_amount') }}) as net_amount
    from {{ ref('stg_commerce__orders') }}
    where status != 'cancelled'

),

staged_returns as (

    select sum({{ to_base('returns.refund_amount', 'returns.rate_to_base') }}) as refunded_amount
    from {{ ref('stg_commerce__returns') }} as returns
    inner join {{ ref('stg_commerce__orders') }} as orders on returns.order_id = orders.order_id
    where orders.status != 'cancelled'

),

order_sums as (

    select
        sum(net_amount) as net_amount,
        sum(refunded_amount) as refunded_amount,
        sum(net_revenue) as net_revenue
    from {{ ref('orders') }}

),

line_sums as (

    select
        sum(net_amount) as net_amount,
        sum(refunded_amount) as refunded_amount,
        sum(net_revenue) as net_revenue
    from {{ ref('order_lines') }}

),

return_sums as (

    select sum(refund_amount) as refunded_amount from {{ ref('order_returns') }}

)

select
    staged.net_amount as staged_net_amount,
    order_sums.net_amount as order_net_amount,
    line_sums.net_amount as line_net_amount,
    order_sums.refunded_amount as order_refunded_amount,
    line_sums.refunded_amount as line_refunded_amount,
    return_sums.refunded_amount as return_refunded_amount
from staged
cross join staged_returns
cross join order_sums
cross join line_sums
cross join return_sums
where
    coalesce(staged.net_amount, 0) != coalesce(order_sums.net_amount, 0)
    or coalesce(order_sums.net_amount, 0) != coalesce(line_sums.net_amount, 0)
    or coalesce(order_sums.refunded_amount, 0) != coalesce(line_sums.refunded_amount, 0)
    or coalesce(order_sums.refunded_amount, 0) != coalesce(return_sums.refunded_amount, 0)
    or coalesce(order_sums.refunded_amount, 0) != coalesce(staged_returns.refunded_amount, 0)
    or coalesce(order_sums.net_revenue, 0) != coalesce(line_sums.net_revenue, 0)
