{#- One row per target, model (the logistic one and the baselines) and split: how well it predicted days that it had not seen. -#}
with

metrics as (

    select * from {{ ref('int_propensity_metrics') }}

),

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

choice as (

    select * from {{ ref('int_propensity_choice') }}

),

roles as (

    select * from {{ ref('int_prediction_roles') }}
    where role = 'holdout'

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}

),

-- how far chance alone could move the AUC
measured as (

    select
        *,
        case when auc_error is not null then greatest(0e0, auc - {{ z_95() }} * auc_error) end as auc_low,
        case when auc_error is not null then least(1e0, auc + {{ z_95() }} * auc_error) end as auc_high
    from metrics

),

final as (

    select
        -- key
        targets.target,
        coalesce(measured.model, choice.model_used) as model,
        coalesce(measured.split, 'none') as split,

        -- attributes
        coalesce(measured.model = choice.model_used, true) as is_used,
        choice.is_trustworthy,
        choice.reason,
        choice.reason_zh,

        -- measures
        cast(coalesce(measured.example_count, 0) as bigint) as rows,
        cast(coalesce(measured.positives, 0) as bigint) as positives,
        measured.observed_rate,
        {{ wilson_low('measured.positives', 'measured.example_count') }} as observed_rate_low,
        {{ wilson_high('measured.positives', 'measured.example_count') }} as observed_rate_high,
        {%- for measure in ['mean_score', 'auc', 'auc_low', 'auc_high', 'pr_auc', 'brier', 'log_loss', 'ece', 'ece_by_chance', 'lift_top_decile'] %}
        {{ round_significant('measured.' ~ measure, 6) }} as {{ measure }},
        {%- endfor %}
        choice.training_rows,
        choice.training_positives,

        -- times
        cutoffs.cutoff_on
    from targets
    inner join choice on targets.fit_no = choice.fit_no
    -- a target that nothing could be held out for keeps a row that says why
    left join measured on targets.fit_no = measured.fit_no
    left join roles on targets.fit_no = roles.fit_no
    left join cutoffs on roles.days_before = cutoffs.days_before

)

select * from final
