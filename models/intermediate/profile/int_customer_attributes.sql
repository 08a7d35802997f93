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

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

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

subscriptions as (

    select * from {{ ref('stg_commerce__subscriptions') }}

),

surveys as (

    select * from {{ ref('stg_feedback__survey_responses') }}

),

enrichments as (

    select * from {{ ref('stg_external__enrichments') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

permitted as (

    select customers.*
    from customers
    inner join population on customers.customer_id = population.customer_id

),

-- 1. plan of the newest subscription that runs
running as (

    select
        accounts.customer_id,
        subscriptions.plan,
        subscriptions.started_at,
        row_number() over (
            partition by accounts.customer_id
            order by subscriptions.started_at desc, subscriptions.subscription_id desc
        ) as newest_rank
    from subscriptions
    cross join reference_date
    inner join accounts
        on
            subscriptions.source_system = accounts.source_system
            and subscriptions.account_id = accounts.account_id
    where subscriptions.ended_at is null or subscriptions.ended_at >= reference_date.as_of_at

),

-- 2. newest answer to each question of a survey
answers as (

    select
        accounts.customer_id,
        surveys.question_id,
        surveys.answer,
        surveys.responded_at,
        row_number() over (
            partition by accounts.customer_id, surveys.question_id
            order by surveys.responded_at desc, surveys.response_id desc
        ) as newest_rank
    from surveys
    left join unique_ids on surveys.account_id = unique_ids.account_id
    inner join accounts
        on
            coalesce(surveys.source_system, unique_ids.source_system) = accounts.source_system
            and surveys.account_id = accounts.account_id
    where surveys.survey_type = 'research' and surveys.answer is not null and surveys.question_id is not null

),

-- 3. newest enrichment of each attribute while it is valid, by the source that consent is for
enriched as (

    select
        accounts.customer_id,
        enrichments.attribute,
        enrichments.value,
        enrichments.provider,
        enrichments.obtained_at,
        row_number() over (
            partition by accounts.customer_id, enrichments.attribute
            order by enrichments.obtained_at desc, enrichments.enrichment_id desc
        ) as newest_rank
    from enrichments
    cross join reference_date
    inner join accounts
        on
            enrichments.source_system = accounts.source_system
            and enrichments.account_id = accounts.account_id
    where coalesce(enrichments.valid_until >= reference_date.as_of, true)

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

    select
        customer_id,
        'subscription_plan' as attribute,
        plan as attribute_value,
        false as is_imputed,
        concat('runs since ', {{ as_text(local_date('started_at')) }}) as evidence
    from running
    where newest_rank = 1

    union all

    select
        customer_id,
        'rfm_segment' as attribute,
        segment as attribute_value,
        false as is_imputed,
        concat('RFM score ', rfm_score) as evidence
    from rfm

    union all

    select
        customer_id,
        'business_group' as attribute,
        business_group as attribute_value,
        false as is_imputed,
        concat('RFM score ', rfm_score) as evidence
    from rfm

    union all

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
        concat('survey:', question_id) as attribute,
        answer as attribute_value,
        false as is_imputed,
        concat('answered on ', {{ as_text(local_date('responded_at')) }}) as evidence
    from answers
    where newest_rank = 1

    union all

    select
        customer_id,
        concat('enrichment:', attribute) as attribute,
        value as attribute_value,
        false as is_imputed,
        concat('by ', provider, ' on ', {{ as_text(local_date('obtained_at')) }}) as evidence
    from enriched
    where newest_rank = 1

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
