{#-
  One row per customer and attribute that has a value: what a tag of kind attribute or segment
  takes over. Survey answers come as survey:<question>, valid enrichments as enrichment:<attribute>.
-#}
{%- set plain = [
    'gender', 'age_band', 'country', 'city', 'occupation', 'education', 'income_band', 'member_tier',
    'registration_channel', 'preferred_contact_channel',
] -%}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

customers as (

    select * from {{ ref('customers') }}

),

city_tiers as (

    select * from {{ ref('city_tiers') }}

),

rfm as (

    select * from {{ ref('customer_rfm') }}

),

clv as (

    select * from {{ ref('customer_clv') }}

),

lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

),

stated as (

    select * from {{ ref('int_attributes_stated') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

permitted as (

    select customers.*
    from customers
    inner join population on customers.customer_id = population.customer_id

),

stages as (

    select
        lifecycle.customer_id,
        lifecycle.basis,
        lifecycle.stage,
        lifecycle.days_since_last,
        lifecycle.dormant_after_days,
        lifecycle.churned_after_days
    from lifecycle
    cross join reference_date
    where lifecycle.month = {{ date_trunc_to('month', add_days('reference_date.as_of', -1)) }}

),

unioned as (

    {%- for attribute in plain %}
    select
        customer_id,
        '{{ attribute }}' as attribute,
        {{ attribute }} as attribute_value,
        false as is_imputed,
        'as stated in the newest account that knows it' as evidence
    from permitted

    union all
    {% endfor %}
    select
        customer_id,
        'home_region' as attribute,
        home_region as attribute_value,
        is_home_region_imputed as is_imputed,
        case
            when is_home_region_imputed then 'region of the shop with most of the orders'
            else 'as stated in the newest account that knows it'
        end as evidence
    from permitted

    union all

    select
        permitted.customer_id,
        'city_tier' as attribute,
        city_tiers.city_tier as attribute_value,
        false as is_imputed,
        concat('lives in ', permitted.city) as evidence
    from permitted
    inner join city_tiers on permitted.city = city_tiers.city

    union all

    {%- for attribute, column in [('rfm_segment', 'segment'), ('business_group', 'business_group')] %}
    select
        customer_id,
        '{{ attribute }}' as attribute,
        {{ column }} as attribute_value,
        false as is_imputed,
        concat('RFM score ', rfm_score) as evidence
    from rfm

    union all
    {% endfor %}
    select
        customer_id,
        'value_tier' as attribute,
        value_tier as attribute_value,
        false as is_imputed,
        concat({{ as_text(to_decimal('clv_365d')) }}, {{ text_literal(' ' ~ var('base_currency') ~ ' expected margin in the next 365 days') }}) as evidence
    from clv

    union all

    select
        customer_id,
        concat('lifecycle_', basis) as attribute,
        stage as attribute_value,
        false as is_imputed,
        case
            when days_since_last is null then concat('no ', basis, ' yet')
            else concat(
                'last ', basis, ' ', {{ as_text('days_since_last') }}, ' days ago; dormant after ',
                {{ as_text('dormant_after_days') }}, ', churned after ', {{ as_text('churned_after_days') }}
            )
        end as evidence
    from stages

    union all

    select
        customer_id,
        attribute,
        attribute_value,
        false as is_imputed,
        evidence
    from stated

),

final as (

    select
        unioned.customer_id,
        unioned.attribute,
        unioned.attribute_value,
        unioned.is_imputed,
        unioned.evidence
    from unioned
    inner join population on unioned.customer_id = population.customer_id
    where
        unioned.attribute_value is not null
        -- what others know is used only where the customer allows it; the panel is social data
        and (
            unioned.attribute not like 'enrichment:%'
            or population.has_external_data_consent
            or population.has_social_data_consent
        )

)

select * from final
