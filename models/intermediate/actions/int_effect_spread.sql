{#-
  One row per action and metric with at least two segments of enough people: how much the effect differs
  between segments beyond chance. Method of moments (DerSimonian and Laird) with people as weights: by
  precision those who hardly ever order, and vary least, would outweigh everybody else.
-#}
with

estimates as (

    select * from {{ ref('int_effect_estimates') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

segments as (

    select
        estimates.action,
        estimates.metric,
        cast(estimates.treated + estimates.holdout as double) as weight,
        estimates.adjusted_effect as effect,
        estimates.adjusted_variance as variance
    from estimates
    cross join rules
    where
        estimates.period = 'all'
        and estimates.segment != 'all'
        and estimates.has_interval
        and least(estimates.treated, estimates.holdout) >= rules.segment_group_people

),

sums as (

    select
        action,
        metric,
        count(*) as segments,
        sum(weight) as total,
        sum(weight * weight) as total_squares,
        {{ stable_sum('weight * effect') }} as weighted_effect,
        {{ stable_sum('weight * effect * effect') }} as weighted_squares,
        {{ stable_sum('weight * variance') }} as weighted_variance,
        {{ stable_sum('weight * weight * variance') }} as squared_variance
    from segments
    group by action, metric

),

final as (

    select
        -- key
        action,
        metric,

        -- measures: observed spread, spread of chance alone, and what is left per unit of weight
        cast(segments as int) as segments,
        round(greatest(0e0, (
            (weighted_squares - weighted_effect * weighted_effect / total)
            - (weighted_variance - squared_variance / total)
        ) / (total - total_squares / total)), 12) as between_variance
    from sums
    where segments > 1

)

select * from final
