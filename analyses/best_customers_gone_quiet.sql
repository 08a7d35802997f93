{#-
  Which of our best customers have gone quiet, and whom of them may we write to? "Cannot lose" and
  "At risk", the most net revenue first, with the channel of their last order.
-#}
with

rfm as (

    select * from {{ ref('customer_rfm') }}

),

customers as (

    select * from {{ ref('customers') }}

),

orders as (

    select * from {{ ref('orders') }}

),

last_orders as (

    select
        customer_id,
        max_by(channel, customer_order_number) as last_channel
    from orders
    where customer_id is not null
    group by customer_id

),

final as (

    select
        rfm.customer_id,
        rfm.segment_label_en,
        rfm.segment_label_zh,
        rfm.monetary,
        rfm.frequency,
        rfm.recency_days,
        last_orders.last_channel,
        customers.home_region,
        customers.has_marketing_consent,
        customers.preferred_contact_channel
    from rfm
    inner join customers on rfm.customer_id = customers.customer_id
    inner join last_orders on rfm.customer_id = last_orders.customer_id
    where rfm.segment in ('cannot_lose', 'at_risk')

)

select * from final
order by monetary desc, customer_id asc
