{#-
  One row per fitted model, measure and role: what came of that which earlier builds foretold, as far as
  the time is over by now.
-#}
with

in_force as (

    select * from {{ ref('int_propensity_in_force') }}

),

performance as (

    select * from {{ ref('model_performance') }}
    where split in ('holdout', 'none') and is_used

),

orders_matured as (

    select * from {{ ref('int_orders_matured') }}

),

demand_matured as (

    select * from {{ ref('int_demand_matured') }}

),

-- 1. the model of that time beside the one of today, on the same people; until then a row says that it waits
propensities as (

    select
        concat('propensity:', performance.target) as model,
        performance.model as today_algorithm,
        performance.auc as today_auc,
        in_force.target is not null as is_matured,
        in_force.algorithm,
        in_force.auc,
        in_force.calibration_error,
        {{ safe_divide('in_force.foretold', 'in_force.positives') }} as ratio,
        least(in_force.positives, in_force.example_count - in_force.positives) as sample_size,
        in_force.positives
    from performance
    left join in_force on performance.target = in_force.target

),

horizons as (

    select 30 as horizon_days
    union all
    select 90 as horizon_days

),

matured as (

    select
        model,
        'live_auc' as name,
        'challenger' as role,
        today_algorithm as algorithm,
        today_auc as value,
        sample_size
    from propensities
    where is_matured
    {%- for name, value in {'live_auc': 'auc', 'live_calibration_error': 'calibration_error', 'live_ratio': 'ratio'}.items() %}
    union all
    select
        model,
        '{{ name }}' as name,
        'champion' as role,
        algorithm,
        {{ value }} as value,
        {{ 'positives' if name == 'live_ratio' else 'sample_size' }} as sample_size
    from propensities
    {%- endfor %}
    union all
    select
        'clv_orders' as model,
        concat('live_ratio:', {{ as_text('horizons.horizon_days') }}, 'd') as name,
        'champion' as role,
        orders_matured.algorithm,
        {{ safe_divide('orders_matured.foretold', 'orders_matured.order_count') }} as value,
        orders_matured.order_count as sample_size
    from horizons
    left join orders_matured on horizons.horizon_days = orders_matured.horizon_days
    {%- for name, value in [
        ('live_ratio', safe_divide('foretold', 'units')),
        ('live_error', safe_divide('error', 'recent_error')),
        ('live_coverage', 'coverage'),
    ] %}
    union all
    select
        model,
        '{{ name }}' as name,
        'champion' as role,
        algorithm,
        {{ value }} as value,
        {{ 'cast(floor(units) as bigint)' if name == 'live_ratio' else 'week_count' }} as sample_size
    from demand_matured
    {%- endfor %}

),

final as (

    select
        model,
        name,
        role,
        algorithm,
        {{ round_significant('value') }} as value,
        cast(coalesce(greatest(sample_size, 0), 0) as bigint) as sample_size
    from matured

)

select * from final
