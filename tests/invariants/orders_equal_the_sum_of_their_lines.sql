{#- Guards that an order and its lines never tell different figures, order by order. -#}
with

line_sums as (

    select
        order_id,
        sum(net_amount) as net_amount,
        sum(refunded_amount) as refunded_amount
    from {{ ref('order_lines') }}
    group by order_id

)

select orders.order_id
from {{ ref('orders') }} as orders
left join line_sums on orders.order_id = line_sums.order_id
where
    line_sums.order_id is null
    or orders.net_amount != line_sums.net_amount
    or orders.refunded_amount != line_sums.refunded_amount
