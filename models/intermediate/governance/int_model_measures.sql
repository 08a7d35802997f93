{#-
  One row per fitted model, measure and role: what this build measured on data that its models had not seen,
  of the model that is published (champion) and of the best of the others (challenger).
-#}
{%- set propensity_measures = [
    ('auc', 'auc'), ('log_loss', 'log_loss'), ('calibration_error', 'ece'),
] -%}
with

performance as (

    select * from {{ ref('model_performance') }}
    where split in ('holdout', 'none')

),

input_stability as (

    select * from {{ ref('int_prediction_input_stability') }}

),

clv_validation as (

    select * from {{ ref('clv_validation') }}
    where slice_type = 'all'

),

quality as (

    select * from {{ ref('segmentation_quality') }}

),

recommendations as (

    select * from {{ ref('recommendation_performance') }}
    where k = 10

),

demand_methods as (

    select * from {{ ref('demand_forecast_methods') }}

),

satisfaction as (

    select
        metric,
        max(r_squared) as r_squared,
        max(responses) as responses
    from {{ ref('satisfaction_drivers') }}
    where dimension = 'all'
    group by metric

),

segment_rules as (

    select
        target,
        {{ stable_sum('precision * judging_customers') }} / nullif(cast(sum(judging_customers) as double), 0e0) as precision,
        sum(judging_customers) as judging_customers
    from {{ ref('segment_rules') }}
    where rule_no > 0
    group by target

),

-- 1. the published one, and the best of the rest by the measure that decides between them
ranked as (

    select
        concat('propensity:', target) as model,
        model as algorithm,
        is_used,
        least(positives, rows - positives) as sample_size,
        auc as measure_1,
        log_loss as measure_2,
        ece as measure_3,
        row_number() over (partition by target, is_used order by log_loss asc nulls last, model asc) as place
    from performance
    union all
    select
        'clv_orders' as model,
        model as algorithm,
        is_used,
        customers as sample_size,
        predicted_share_of_actual as measure_1,
        rmse as measure_2,
        top_decile_capture as measure_3,
        row_number() over (partition by is_used order by {{ round_significant('rmse') }} asc nulls last, model asc) as place
    from clv_validation
    union all
    select
        concat('clusters:', segmentation) as model,
        concat('k_means_', {{ as_text('k') }}) as algorithm,
        is_used,
        customers as sample_size,
        silhouette as measure_1,
        adjusted_rand as measure_2,
        cast(null as double) as measure_3,
        row_number() over (partition by segmentation, is_used order by {{ round_significant('silhouette') }} desc nulls last, k asc) as place
    from quality
    union all
    select
        concat('recommendation:', item_type, ':', answer) as model,
        model as algorithm,
        is_published as is_used,
        trial_customers as sample_size,
        ndcg as measure_1,
        hit_rate as measure_2,
        coverage as measure_3,
        row_number() over (partition by item_type, answer, is_published order by ndcg desc nulls last, model asc) as place
    from recommendations
    union all
    select
        concat('demand_forecast:', category) as model,
        method as algorithm,
        is_used,
        backtest_cutoffs as sample_size,
        error_vs_recent_mean as measure_1,
        backtest_mase as measure_2,
        cast(null as double) as measure_3,
        row_number() over (partition by category, is_used order by {{ round_significant('error_vs_recent_mean') }} asc nulls last, method asc) as place
    from demand_methods

),

measured as (

    {%- for prefix, measures in {
        'propensity:': ['auc', 'log_loss', 'calibration_error'],
        'clv_orders': ['holdout_ratio', 'rmse', 'top_decile_capture'],
        'clusters:': ['silhouette', 'adjusted_rand'],
        'recommendation:': ['ndcg', 'hit_rate', 'coverage'],
        'demand_forecast:': ['backtest_error', 'backtest_mase'],
    }.items() %}
    {%- for measure in measures %}
    select
        model,
        '{{ measure }}' as name,
        case when is_used then 'champion' else 'challenger' end as role,
        algorithm,
        measure_{{ loop.index }} as value,
        sample_size
    from ranked
    where place = 1 and {{ has_prefix('model', "'" ~ prefix ~ "'") }}
    union all
    {%- endfor %}
    {%- endfor %}
    select
        'propensity' as model,
        concat('input_psi:', input) as name,
        'champion' as role,
        '(all)' as algorithm,
        stability_index as value,
        least(reference_rows, present_rows) as sample_size
    from input_stability
    union all
    select
        'clv_spend' as model,
        'holdout_ratio' as name,
        'champion' as role,
        'gamma_gamma' as algorithm,
        {{ safe_divide('predicted_value', 'actual_value') }} as value,
        customers as sample_size
    from clv_validation
    where is_used
    union all
    select
        concat('satisfaction_drivers:', metric) as model,
        'r_squared' as name,
        'champion' as role,
        'shapley' as algorithm,
        r_squared as value,
        responses as sample_size
    from satisfaction
    union all
    select
        concat('segment_rules:', target) as model,
        'precision' as name,
        'champion' as role,
        'decision_tree' as algorithm,
        precision as value,
        judging_customers as sample_size
    from segment_rules

),

final as (

    select
        model,
        name,
        role,
        algorithm,
        {{ round_significant('cast(value as double)') }} as value,
        cast(coalesce(sample_size, 0) as bigint) as sample_size
    from measured

)

select * from final
