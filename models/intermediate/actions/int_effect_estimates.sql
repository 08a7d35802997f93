{#-
  One row per action, period, segment (`all`: everybody) and metric: treated less holdout per person, as
  it is and adjusted by what the same people did before the action (CUPED: the outcome less theta times
  the figure before, theta fitted within the groups), with variances. Only people whose window is over.
-#}
with

people as (

    select * from {{ ref('int_effect_people') }}
    where is_matured

),

-- 1. sums by group; the same person in the row of the segment and in that of everybody
cells as (

    select
        action,
        period,
        segment,
        metric,
        is_treated,
        outcome,
        outcome_before
    from people
    union all
    select
        action,
        period,
        'all' as segment,
        metric,
        is_treated,
        outcome,
        outcome_before
    from people

),

sums as (

    select
        action,
        period,
        segment,
        metric,
        {%- for group, condition in [('treated', 'is_treated'), ('holdout', 'not is_treated')] %}
        count(case when {{ condition }} then 1 end) as {{ group }},
        {%- for name, term in [
            ('y', 'outcome'), ('x', 'outcome_before'), ('yy', 'outcome * outcome'),
            ('xx', 'outcome_before * outcome_before'), ('xy', 'outcome_before * outcome'),
        ] %}
        {{ stable_sum('case when ' ~ condition ~ ' then ' ~ term ~ ' else 0e0 end') }} as {{ group }}_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    from cells
    group by action, period, segment, metric

),

centred as (

    select
        action,
        period,
        segment,
        metric,
        {%- for group in ['treated', 'holdout'] %}
        {{ group }},
        {{ safe_divide(group ~ '_y', group) }} as {{ group }}_mean,
        {{ safe_divide(group ~ '_x', group) }} as {{ group }}_mean_before,
        greatest(0e0, {{ centred_sum(group ~ '_yy', group ~ '_y', group ~ '_y', group) }}) as {{ group }}_yy,
        greatest(0e0, {{ centred_sum(group ~ '_xx', group ~ '_x', group ~ '_x', group) }}) as {{ group }}_xx,
        {{ centred_sum(group ~ '_xy', group ~ '_x', group ~ '_y', group) }} as {{ group }}_xy{{ ',' if not loop.last }}
        {%- endfor %}
    from sums

),

-- 2. groups of a few people show nothing
fitted as (

    select
        *,
        treated >= {{ least_group() }} and holdout >= {{ least_group() }} as is_measurable,
        coalesce(round({{ safe_divide('(treated_xy + holdout_xy)', 'round(treated_xx + holdout_xx, 9)') }}, 12), 0e0) as theta
    from centred

),

estimated as (

    select
        *,
        treated_mean - holdout_mean as effect,
        {%- for group in ['treated', 'holdout'] %}
        {{ group }}_yy / nullif(({{ group }} - 1e0) * {{ group }}, 0e0) as {{ group }}_variance,
        greatest(0e0, {{ group }}_yy - 2e0 * theta * {{ group }}_xy + theta * theta * {{ group }}_xx)
            / nullif(({{ group }} - 1e0) * {{ group }}, 0e0) as {{ group }}_adjusted_variance,
        {%- endfor %}
        (treated_mean - holdout_mean) - theta * (treated_mean_before - holdout_mean_before) as adjusted_effect
    from fitted

),

final as (

    select
        -- key
        action,
        period,
        segment,
        metric,

        -- attributes: without variation (nobody ordered) there is no interval
        is_measurable,
        is_measurable and treated_variance + holdout_variance > 1e-12 as has_interval,

        -- measures
        cast(treated as bigint) as treated,
        cast(holdout as bigint) as holdout,
        case when is_measurable then treated_mean end as treated_mean,
        case when is_measurable then holdout_mean end as holdout_mean,
        case when is_measurable then effect end as effect,
        case when is_measurable then treated_variance + holdout_variance end as variance,
        case when is_measurable then adjusted_effect end as adjusted_effect,
        case when is_measurable then treated_adjusted_variance + holdout_adjusted_variance end as adjusted_variance,
        case when is_measurable then theta end as theta
    from estimated

)

select * from final
