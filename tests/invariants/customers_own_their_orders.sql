{#- Guards that customers and orders agree: each named customer exists, and counts and money match. -#}
with

order_sums as (

    select
        customer_id,
        count(*) as order_count,
        sum(net_revenue) as net_revenue
    from {{ ref('orders') }}
    where customer_id is not null
    group by customer_id

)

select coalesce(customers.customer_id, order_sums.customer_id) as customer_id
from {{ ref('customers') }} as customers
full join order_sums on customers.customer_id = order_sums.customer_id
where
    customers.customer_id is null
    or customers.order_count != coalesce(order_sums.order_count, 0)
    or customers.net_revenue != coalesce(order_sums.net_revenue, 0)
