{#-
  One row per item type, answer, model and k: how well the model would have foretold the trial period, and
  which model is published. Rows without a trial stay, with the reason.
-#}
{%- set models = [
    ('product', 'new_to_you', 'item_item', 'own'), ('product', 'new_to_you', 'popularity', 'fallback'),
    ('product', 'new_to_you', 'repeat_purchase', 'baseline'),
    ('product', 'buy_again', 'own_rhythm', 'own'), ('product', 'buy_again', 'repeat_purchase', 'fallback'),
    ('product', 'buy_again', 'popularity', 'baseline'),
    ('content', 'new_to_you', 'item_item', 'own'), ('content', 'new_to_you', 'popularity', 'fallback'),
    ('content', 'new_to_you', 'repeat_purchase', 'baseline'),
    ('service', 'new_to_you', 'item_item', 'own'), ('service', 'new_to_you', 'popularity', 'fallback'),
    ('service', 'new_to_you', 'repeat_purchase', 'baseline'),
] -%}
with

measures as (

    select * from {{ ref('int_recommendation_measures') }}

),

fits as (

    select * from {{ ref('int_recommendation_fits') }}
    where fit = 0

),

trials as (

    select * from {{ ref('int_recommendation_trials') }}

),

similarities as (

    select * from {{ ref('int_recommendation_similarities') }}
    where fit = 0

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

models as (

    {%- for item_type, answer, model, role in models %}
    select
        '{{ item_type }}' as item_type,
        '{{ answer }}' as answer,
        '{{ model }}' as model,
        '{{ role }}' as role{{ ' union all' if not loop.last }}
    {%- endfor %}

),

lengths as (

    select 5 as k
    union all
    select 10 as k

),

-- 1. what there was to learn from and to foretell
trial_counts as (

    select
        item_type,
        answer,
        count(distinct customer_number) as trial_customers
    from trials
    group by item_type, answer

),

training_counts as (

    select
        item_type,
        max(all_customers) as training_customers
    from similarities
    group by item_type

),

-- 2. a model without a list in a trial that took place foretold nothing
measured as (

    select
        models.item_type,
        models.answer,
        models.model,
        models.role,
        lengths.k,
        reference_date.as_of,
        fits.item_type is not null as has_history,
        fits.known_until as trial_begins_on,
        fits.holdout_days,
        coalesce(trial_counts.trial_customers, 0) as trial_customers,
        coalesce(training_counts.training_customers, 0) as training_customers,
        case when trial_counts.trial_customers > 0 then coalesce(measures.hit_customers, 0) end as hit_customers,
        {%- for measure in ['hit_rate', 'precision_rate', 'recall_rate', 'ndcg', 'coverage'] %}
        case when trial_counts.trial_customers > 0 then coalesce(measures.{{ measure }}, 0e0) end as {{ measure }},
        {%- endfor %}
        measures.novelty
    from models
    cross join lengths
    cross join reference_date
    left join fits on models.item_type = fits.item_type
    left join trial_counts on models.item_type = trial_counts.item_type and models.answer = trial_counts.answer
    left join training_counts on models.item_type = training_counts.item_type
    left join measures
        on
            models.item_type = measures.item_type
            and models.answer = measures.answer
            and models.model = measures.model
            and lengths.k = measures.k

),

-- 3. NDCG of ten places decides: it counts what stands where
compared as (

    select
        item_type,
        answer,
        max(case when role = 'own' and k = 10 then ndcg end) as own_ndcg,
        max(case when role != 'own' and k = 10 then ndcg end) as best_baseline_ndcg,
        max(case when role = 'fallback' then model end) as fallback_model
    from measured
    group by item_type, answer

),

decided as (

    select
        measured.*,
        compared.own_ndcg,
        compared.best_baseline_ndcg,
        compared.fallback_model,
        case
            when not measured.has_history then 'no_data'
            when measured.trial_customers < {{ var('small_sample_under') }} then 'too_few_people'
            when {{ round_significant('compared.own_ndcg') }} > {{ round_significant('compared.best_baseline_ndcg') }} then 'better'
            else 'not_better'
        end as verdict
    from measured
    inner join compared on measured.item_type = compared.item_type and measured.answer = compared.answer

),

final as (

    select
        -- key
        item_type,
        answer,
        model,
        cast(k as int) as k,

        -- attributes
        role,
        verdict,
        verdict = 'better' as beats_baselines,
        verdict != 'no_data' and role = case when verdict = 'better' then 'own' else 'fallback' end as is_published,
        case verdict
            when 'no_data' then 'No history of this type: nothing is recommended.'
            when 'too_few_people' then concat(
                'Only ', cast(trial_customers as string),
                ' people to try it on: too few to judge, so the simple list, ', fallback_model, ', is published.'
            )
            when 'better' then concat(
                'NDCG@10 ', cast({{ to_decimal('own_ndcg', 4) }} as string), ' beats ',
                cast({{ to_decimal('best_baseline_ndcg', 4) }} as string), ' of the best baseline: the model is published.'
            )
            else concat(
                'NDCG@10 ', cast({{ to_decimal('own_ndcg', 4) }} as string), ' does not beat ',
                cast({{ to_decimal('best_baseline_ndcg', 4) }} as string), ' of the best baseline: the simple list, ', fallback_model, ', is published.'
            )
        end as conclusion,
        case verdict
            when 'no_data' then '没有这类历史，不作推荐。'
            when 'too_few_people' then concat('可供试验的客户仅 ', cast(trial_customers as string), ' 人，不足以判断，故发布简单榜单（', fallback_model, '）。')
            when 'better' then concat(
                'NDCG@10 为 ', cast({{ to_decimal('own_ndcg', 4) }} as string), '，优于最佳基线 ',
                cast({{ to_decimal('best_baseline_ndcg', 4) }} as string), '：发布该模型。'
            )
            else concat(
                'NDCG@10 为 ', cast({{ to_decimal('own_ndcg', 4) }} as string), '，未优于最佳基线 ',
                cast({{ to_decimal('best_baseline_ndcg', 4) }} as string), '：发布简单榜单（', fallback_model, '）。'
            )
        end as conclusion_zh,

        -- measures
        {{ round_significant('hit_rate') }} as hit_rate,
        {{ round_significant(wilson_low('hit_customers', 'trial_customers')) }} as hit_rate_low,
        {{ round_significant(wilson_high('hit_customers', 'trial_customers')) }} as hit_rate_high,
        {{ round_significant('precision_rate') }} as precision,
        {{ round_significant('recall_rate') }} as recall,
        {{ round_significant('ndcg') }} as ndcg,
        {{ round_significant('coverage') }} as coverage,
        {{ round_significant('novelty') }} as novelty,
        cast(trial_customers as bigint) as trial_customers,
        cast(training_customers as bigint) as training_customers,

        -- times
        trial_begins_on,
        cast(holdout_days as int) as trial_days,
        as_of
    from decided

)

select * from final
