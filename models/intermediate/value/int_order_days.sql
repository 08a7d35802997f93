{#- One row per customer with consent to analytics and day with an order: orders of one day count as one. -#}
with

orders as (

    select * from {{ ref('orders') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

final as (

    select
        orders.customer_id,
        orders.ordered_on
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent
    group by orders.customer_id, orders.ordered_on

)

select * from final
