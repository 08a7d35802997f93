-- Guards that each customer with an order and consent to analytics has a value, and nobody else.
with

valued as (

    select customer_id from {{ ref('customer_clv') }}

),

buyers as (

    select customer_id from {{ ref('customers') }}
    where order_count > 0 and has_analytics_consent

)

select
    valued.customer_id as valued_customer_id,
    buyers.customer_id as buyer_customer_id
from valued
full outer join buyers on valued.customer_id = buyers.customer_id
where valued.customer_id is null or buyers.customer_id is null
