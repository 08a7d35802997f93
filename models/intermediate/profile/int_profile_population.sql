{#-
  One row per customer who may be profiled (consent to analytics), with what else they allow, and their
  number, by which the profile joins and sorts.
-#}
with

customers as (

    select * from {{ ref('customers') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

numbers as (

    select
        customer_id,
        max(person_number) as person_number
    from {{ ref('int_identities_numbered') }}
    where customer_id is not null
    group by customer_id

),

final as (

    select
        customers.customer_id,
        numbers.person_number,
        customers.first_seen_at,
        consent.has_personalisation_consent,
        consent.has_social_data_consent,
        consent.has_external_data_consent,
        consent.has_third_party_consent
    from customers
    inner join numbers on customers.customer_id = numbers.customer_id
    inner join consent on customers.customer_id = consent.customer_id
    where consent.has_analytics_consent

)

select * from final
