{#-
  One row per customer and attribute that their accounts state or others state of them: the plan of the
  subscription that runs, survey:<question>, enrichment:<attribute>. Before consent.
-#}
{{ config(materialized='view') }}
with

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

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

final as (

    select
        customer_id,
        'subscription_plan' as attribute,
        plan as attribute_value,
        concat('runs since ', {{ as_text(local_date('started_at')) }}) as evidence
    from running
    where newest_rank = 1

    union all

    select
        customer_id,
        concat('survey:', question_id) as attribute,
        answer as attribute_value,
        concat('answered on ', {{ as_text(local_date('responded_at')) }}) as evidence
    from answers
    where newest_rank = 1

    union all

    select
        customer_id,
        concat('enrichment:', attribute) as attribute,
        value as attribute_value,
        concat('by ', provider, ' on ', {{ as_text(local_date('obtained_at')) }}) as evidence
    from enriched
    where newest_rank = 1

)

select * from final
