{#- Guards that a profile exists for every customer with consent to analytics, and for nobody else. -#}
with

consenting as (

    select customer_id
    from {{ ref('customers') }}
    where has_analytics_consent

),

profiles as (

    select customer_id from {{ ref('customer_profiles') }}

)

select
    consenting.customer_id as consenting_customer_id,
    profiles.customer_id as profiled_customer_id
from consenting
full outer join profiles on consenting.customer_id = profiles.customer_id
where consenting.customer_id is null or profiles.customer_id is null
