{#-
  One row per fitted model, captured reference date, metric and role: how good the model was, whether its
  population or its parameters moved, and what that means. Facts come from the memory; the judgement is made
  anew in every build, by the rules of today.
-#}
with

changes as (

    select * from {{ ref('int_model_changes') }}

),

memory as (

    select * from {{ ref('int_model_memory') }}
    where kind = 'version'

),

rules as (

    select * from {{ ref('monitoring_rules') }}

),

kinds as (

    select * from {{ ref('monitoring_models') }}

),

-- 1. one number that grows with the trouble, and the limits for it
ruled as (

    select
        measured.*,
        rules.comparison,
        rules.watch_threshold as watch_rule,
        rules.drift_threshold as drift_rule,
        rules.min_sample,
        rules.label_en,
        rules.label_zh,
        case rules.comparison
            when 'below' then -measured.value
            when 'drop' then measured.previous - measured.value
            when 'drop_of_rate' then measured.previous - measured.value
            when 'drop_share' then 1e0 - {{ safe_divide('measured.value', 'measured.previous') }}
            when 'rise_share' then {{ safe_divide('measured.value', 'measured.previous') }} - 1e0
            when 'factor' then greatest(measured.value, coalesce({{ safe_divide('1e0', 'measured.value') }}, 1e9)) - 1e0
            else measured.value
        end as exact_trouble,
        case when rules.comparison = 'below' then -1e0 else 1e0 end as direction,
        -- of a rate, or an AUC: two standard errors of the difference; less is chance
        coalesce(case
            when rules.comparison = 'drop_of_rate' then 2e0 * sqrt(
                {{ safe_divide('greatest(0e0, measured.previous * (1e0 - measured.previous))', 'measured.previous_sample_size') }}
                + {{ safe_divide('greatest(0e0, measured.value * (1e0 - measured.value))', 'measured.sample_size') }}
            )
        end, 0e0) as chance
    from changes as measured
    inner join rules on {{ dbt.split_part('measured.metric', "':'", 1) }} = rules.metric

),

limited as (

    select
        *,
        {{ round_significant('greatest(watch_rule, chance)') }} as watch_threshold,
        {{ round_significant('greatest(drift_rule, chance)') }} as drift_threshold
    from ruled

),

judged as (

    select
        *,
        {{ round_significant('exact_trouble') }} as trouble,
        case
            when role != 'champion' then 'compared'
            when value is null and reference_as_of is null and (comparison = 'stability' or metric = 'parameters_outside') then 'first'
            when value is null then 'no_data'
            when sample_size < min_sample then 'too_few'
            when exact_trouble is null then 'first'
            when {{ round_significant('exact_trouble') }} > direction * drift_threshold then 'drifted'
            when {{ round_significant('exact_trouble') }} > direction * watch_threshold then 'watch'
            else 'stable'
        end as verdict
    from limited

),

-- 2. the index of the scores stands beside every other metric of the model
scores as (

    select
        as_of,
        model,
        value as score_index
    from changes
    where metric = 'score_psi'

),

texts as (

    select
        judged.*,
        case when judged.comparison = 'stability' then judged.value else scores.score_index end as population_stability_index,
        memory.detail as parameter_version,
        reference_versions.detail as reference_parameter_version,
        kinds.label_en as kind_label_en,
        kinds.label_zh as kind_label_zh,
        kinds.champion_rule_en,
        kinds.champion_rule_zh,
        coalesce({{ as_text('cast(judged.value as decimal(18, 3))') }}, '') as value_text,
        coalesce({{ as_text('cast(judged.previous as decimal(18, 3))') }}, '') as previous_text,
        {{ as_text('cast(judged.drift_threshold as decimal(18, 2))') }} as limit_text,
        {{ as_text('judged.sample_size') }} as sample_text,
        {{ as_text('judged.min_sample') }} as min_text,
        case
            when judged.metric like 'input_psi:%' and judged.model = 'propensity' then 'the training days'
            when judged.reference_as_of is null then 'an earlier build'
            else concat('the build of ', {{ as_text('judged.reference_as_of') }})
        end as reference_en,
        case
            when judged.metric like 'input_psi:%' and judged.model = 'propensity' then '训练日'
            when judged.reference_as_of is null then '更早的构建'
            else concat({{ as_text('judged.reference_as_of') }}, '的构建')
        end as reference_zh
    from judged
    left join scores
        on
            judged.as_of = scores.as_of
            and judged.model = scores.model
    left join memory
        on
            judged.as_of = memory.as_of
            and judged.model = memory.model
    left join memory as reference_versions
        on
            judged.reference_as_of = reference_versions.as_of
            and judged.model = reference_versions.model
    left join kinds on {{ dbt.split_part('judged.model', "':'", 1) }} = kinds.model_kind

),

final as (

    select
        -- key
        model,
        as_of,
        metric,
        role,

        -- attributes
        concat(coalesce(kind_label_en, model), case when model like '%:%' then substr(model, 1 + length({{ dbt.split_part('model', "':'", 1) }})) else '' end) as model_label_en,
        concat(coalesce(kind_label_zh, model), case when model like '%:%' then substr(model, 1 + length({{ dbt.split_part('model', "':'", 1) }})) else '' end) as model_label_zh,
        concat(label_en, case when metric like '%:%' then concat(': ', {{ dbt.split_part('metric', "':'", 2) }}) else '' end) as metric_label_en,
        concat(label_zh, case when metric like '%:%' then concat('：', {{ dbt.split_part('metric', "':'", 2) }}) else '' end) as metric_label_zh,
        algorithm,
        champion_rule_en,
        champion_rule_zh,
        parameter_version,
        reference_parameter_version,
        verdict,
        verdict = 'drifted' as is_drifted,
        case verdict
            when 'compared' then concat(value_text, ' by ', coalesce(algorithm, '(none)'), ', which is not the one that was published')
            when 'no_data' then case when metric like 'live_%' then 'no earlier build whose time is over' else 'nothing to measure yet' end
            when 'too_few' then concat('only ', sample_text, ' cases; it takes ', min_text, ' to judge')
            when 'first' then concat(value_text, case when value is null then '' else '; ' end, 'no earlier build to compare with')
            else concat(
                case replace(comparison, 'drop_of_rate', 'drop')
                    when 'stability' then concat('index ', value_text, ' against ', reference_en, '; limit ')
                    when 'above' then concat(value_text, '; limit ')
                    when 'below' then concat(value_text, '; lower limit ')
                    when 'drop' then concat(value_text, ' after ', previous_text, ' in ', reference_en, '; limit of the fall ')
                    when 'drop_share' then concat(value_text, ' after ', previous_text, ' in ', reference_en, '; limit of the fall, as a share, ')
                    when 'rise_share' then concat(value_text, ' after ', previous_text, ' in ', reference_en, '; limit of the rise, as a share, ')
                    else concat(value_text, ' where 1 is right; limit of the factor beyond 1 ')
                end,
                limit_text
            )
        end as reason,
        case verdict
            when 'compared' then concat('未发布的', coalesce(algorithm, '(none)'), '为', value_text)
            when 'no_data' then case when metric like 'live_%' then '尚无已到期的更早构建' else '尚无可衡量的数据' end
            when 'too_few' then concat('仅有', sample_text, '个案例，至少需要', min_text, '个才能判断')
            when 'first' then concat(value_text, case when value is null then '' else '；' end, '没有更早的构建可比较')
            else concat(
                case replace(comparison, 'drop_of_rate', 'drop')
                    when 'stability' then concat('相对', reference_zh, '的指数为', value_text, '；界限')
                    when 'above' then concat(value_text, '；上限')
                    when 'below' then concat(value_text, '；下限')
                    when 'drop' then concat(reference_zh, '为', previous_text, '，现为', value_text, '；下降界限')
                    when 'drop_share' then concat(reference_zh, '为', previous_text, '，现为', value_text, '；下降比例界限')
                    when 'rise_share' then concat(reference_zh, '为', previous_text, '，现为', value_text, '；上升比例界限')
                    else concat(value_text, '（1为准确）；超出1的倍数界限')
                end,
                limit_text
            )
        end as reason_zh,

        -- measures
        value,
        previous,
        population_stability_index,
        watch_threshold,
        drift_threshold,
        cast(sample_size as bigint) as sample_size,
        cast(min_sample as bigint) as min_sample,

        -- times
        reference_as_of
    from texts

)

select * from final
