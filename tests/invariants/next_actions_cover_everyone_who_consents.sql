{#- Guards that everybody with consent to analytics has exactly one next action, and nobody else has any. -#}
with

consenting as (

    select customer_id
    from {{ ref('customers') }}
    where has_analytics_consent

),

counted as (

    select
        customer_id,
        count(*) as row_count
    from {{ ref('customer_next_actions') }}
    group by customer_id

)

select
    consenting.customer_id as consenting_customer_id,
    counted.customer_id as chosen_customer_id,
    counted.row_count
from consenting
full outer join counted on consenting.customer_id = counted.customer_id
where consenting.customer_id is null or coalesce(counted.row_count, 0) != 1
