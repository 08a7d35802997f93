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

final as (

    select
        -- key
        targets.target,
        coalesce(metrics.model, choice.model_used) as model,
        coalesce(metrics.split, 'none') as split,

        -- attributes
        coalesce(metrics.model = choice.model_used, true) as is_used,
        choice.is_trustworthy,
        choice.reason,
        choice.reason_zh,

        -- measures
        cast(coalesce(metrics.example_count, 0) as bigint) as rows,
        cast(coalesce(metrics.positives, 0) as bigint) as positives,
        metrics.observed_rate,
        {%- for measure in ['mean_score', 'auc', 'pr_auc', 'brier', 'log_loss', 'ece', 'lift_top_decile'] %}
        {{ round_significant('metrics.' ~ measure, 6) }} as {{ measure }},
        {%- endfor %}
        choice.training_rows,
        choice.training_positives,

        -- times
        cutoffs.cutoff_on
    from targets
    inner join choice on targets.fit_no = choice.fit_no
    -- a target that nothing could be held out for keeps a row that says why
    left join metrics on targets.fit_no = metrics.fit_no
    left join roles on targets.fit_no = roles.fit_no
    left join cutoffs on roles.days_before = cutoffs.days_before

)

select * from final
