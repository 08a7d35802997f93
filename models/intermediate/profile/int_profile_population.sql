{#-
  One row per customer who may be profiled (consent to analytics), with what else they allow, and a number
  to join and sort by, which holds for one build.
-#}
with

customers as (

    select * from {{ ref('customers') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

final as (

    select
        customers.customer_id,
        cast(row_number() over (order by customers.customer_id) as int) as customer_number,
        customers.first_seen_at,
        consent.has_personalisation_consent,
        consent.has_social_data_consent,
        consent.has_external_data_consent,
        consent.has_third_party_consent
    from customers
    inner join consent on customers.customer_id = consent.customer_id
    where consent.has_analytics_consent

)

select * from final
