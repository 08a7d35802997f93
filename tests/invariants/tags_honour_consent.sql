{#-
  Guards that consent decides: no tag, no history and no lifecycle without consent to analytics, no
  psychographic tag without personalisation, no enrichment without the consent that covers it.
-#}
{{ config(group='profile') }}
with

consent as (

    select * from {{ ref('int_consent_current') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

held as (

    select
        customer_id,
        tag,
        'customer_tags' as table_name
    from {{ ref('customer_tags') }}

    union all

    select
        customer_id,
        tag,
        'customer_tag_history' as table_name
    from {{ ref('customer_tag_history') }}

    union all

    select
        customer_id,
        cast(null as string) as tag,
        'customer_lifecycle' as table_name
    from {{ ref('customer_lifecycle') }}

)

select
    held.table_name,
    held.customer_id,
    held.tag
from held
left join consent on held.customer_id = consent.customer_id
left join registry on held.tag = registry.tag
where
    not coalesce(consent.has_analytics_consent, false)
    or (registry.tag_group = 'psychographic' or registry.consent = 'personalisation') and not consent.has_personalisation_consent
    or registry.consent = 'social_data' and not consent.has_social_data_consent
    or registry.consent = 'external_data' and not consent.has_external_data_consent
    or registry.consent = 'third_party' and not consent.has_third_party_consent
