{#-
  One row per fitted model and parameter of this build. Kind `parameter`: what predictions are made from;
  `estimate`: beside it the 95 % interval, so that a later build can tell whether it moved.
-#}
with

propensity_parameters as (

    select * from {{ ref('int_propensity_parameters') }}

),

propensity_drivers as (

    select * from {{ ref('propensity_drivers') }}
    where is_used and standard_error is not null

),

clv_parameters as (

    select * from {{ ref('clv_parameters') }}
    where is_used and used_for != 'probability_alive'

),

segment_profiles as (

    select * from {{ ref('segment_profiles') }}
    where is_fit_feature

),

affinities as (

    select * from {{ ref('product_affinities') }}

),

demand_methods as (

    select * from {{ ref('demand_forecast_methods') }}
    where is_used

),

conversion_drivers as (

    select * from {{ ref('conversion_drivers') }}
    -- an effect without an end has no interval to be compared with
    where not is_reference and adjusted_ci_low > 1e-15 and adjusted_ci_high < 1e15

),

satisfaction_drivers as (

    select * from {{ ref('satisfaction_drivers') }}
    where dimension = 'all' and relative_weight is not null

),

segment_rules as (

    select * from {{ ref('segment_rules') }}
    where rule_no > 0

),

parameters as (

    select
        'parameter' as kind,
        concat('propensity:', target) as model,
        model_used as algorithm,
        parameter as name,
        value,
        cast(null as double) as low,
        cast(null as double) as high
    from propensity_parameters
    union all
    select
        'estimate' as kind,
        concat('propensity:', target) as model,
        'logistic' as algorithm,
        feature as name,
        coefficient as value,
        coefficient - {{ z_95() }} * standard_error as low,
        coefficient + {{ z_95() }} * standard_error as high
    from propensity_drivers
    union all
    select
        'estimate' as kind,
        case when model = 'gamma_gamma' then 'clv_spend' else 'clv_orders' end as model,
        model as algorithm,
        concat(segment, ':', parameter) as name,
        estimate as value,
        estimate_low as low,
        estimate_high as high
    from clv_parameters
    union all
    select
        'parameter' as kind,
        concat('clusters:', segmentation) as model,
        'k_means' as algorithm,
        concat({{ as_text('cluster') }}, ':', feature) as name,
        centroid_score as value,
        cast(null as double) as low,
        cast(null as double) as high
    from segment_profiles
    union all
    -- as many as there are pairs of items: a weighted sum stands for them
    select
        'parameter' as kind,
        concat('recommendation:', item_type, ':new_to_you') as model,
        'item_item' as algorithm,
        'similarities' as name,
        {{ stable_sum('similarity * (1e0 + mod(' ~ hash_60bit("concat(item, '|', neighbour)") ~ ', 1000))') }} as value,
        cast(null as double) as low,
        cast(null as double) as high
    from affinities
    group by item_type
    union all
    select
        'parameter' as kind,
        concat('demand_forecast:', category) as model,
        method as algorithm,
        method as name,
        coalesce(error_vs_recent_mean, 0e0) as value,
        cast(null as double) as low,
        cast(null as double) as high
    from demand_methods
    union all
    select
        'estimate' as kind,
        concat('conversion_drivers:', goal) as model,
        'logistic' as algorithm,
        concat(factor, '=', level) as name,
        ln(adjusted_odds_ratio) as value,
        ln(adjusted_ci_low) as low,
        ln(adjusted_ci_high) as high
    from conversion_drivers
    union all
    select
        'estimate' as kind,
        concat('satisfaction_drivers:', metric) as model,
        'shapley' as algorithm,
        driver as name,
        relative_weight as value,
        ci_low as low,
        ci_high as high
    from satisfaction_drivers
    union all
    select
        'parameter' as kind,
        concat('segment_rules:', target) as model,
        'decision_tree' as algorithm,
        concat({{ as_text('rule_no') }}, ':', conditions_en) as name,
        precision as value,
        cast(null as double) as low,
        cast(null as double) as high
    from segment_rules

),

final as (

    select
        kind,
        model,
        algorithm,
        name,
        {{ round_significant('value', 9) }} as value,
        {{ round_significant('low') }} as low,
        {{ round_significant('high') }} as high
    from parameters
    where value is not null

)

select * from final
