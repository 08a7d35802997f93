{#-
  One row per action, segment and metric where segments of the action have enough people: what the action's mean says
  of the segment, and how much segments differ beyond chance. Segments are compared in units of how much their people vary
  (money and orders vary most among the best customers), and each counts by its people only as far as they do not
  differ: whom an action was given to most is chosen, and must not speak for the others (random effects by DerSimonian and Laird).
-#}
with

estimates as (

    select * from {{ ref('int_effect_estimates') }}
    where period = 'all' and segment != 'all' and has_interval

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

-- 1. how much people of a segment vary, over all actions
measured as (

    select
        action,
        segment,
        metric,
        adjusted_effect,
        adjusted_variance,
        treated + holdout as people,
        least(treated, holdout) as smaller_group,
        cast(treated as double) * holdout / (treated + holdout) as weight
    from estimates

),

variations as (

    select
        segment,
        metric,
        {{ stable_sum('people * adjusted_variance * weight') }} / sum(people) as variation
    from measured
    group by segment, metric

),

overall as (

    select
        metric,
        {{ stable_sum('people * adjusted_variance * weight') }} / sum(people) as variation
    from measured
    group by metric

),

segments as (

    select value_tier as segment
    from tiers
    union all
    select '(none)' as segment

),

scales as (

    select
        segments.segment,
        overall.metric,
        coalesce(variations.variation, overall.variation) as variation
    from segments
    cross join overall
    left join variations on segments.segment = variations.segment and overall.metric = variations.metric

),

-- 2. effects of the segments in these units; their variance is one over the weight
standardised as (

    select
        measured.action,
        measured.metric,
        measured.weight,
        measured.adjusted_effect / sqrt(scales.variation) as effect
    from measured
    cross join rules
    inner join scales on measured.segment = scales.segment and measured.metric = scales.metric
    where measured.smaller_group >= rules.segment_group_people

),

sums as (

    select
        action,
        metric,
        count(*) as segments,
        {{ stable_sum('weight') }} as total,
        {{ stable_sum('weight * weight') }} as total_squares,
        {{ stable_sum('weight * effect') }} as weighted_effect,
        {{ stable_sum('weight * effect * effect') }} as weighted_squares
    from standardised
    group by action, metric

),

-- 3. observed spread less that of chance alone
spreads as (

    select
        action,
        metric,
        segments,
        case
            when segments > 1 then round(greatest(0e0, (
                (weighted_squares - weighted_effect * weighted_effect / total) - (segments - 1)
            ) / (total - total_squares / total)), 12)
            else 0e0
        end as between_variance
    from sums

),

means as (

    select
        standardised.action,
        standardised.metric,
        min(spreads.segments) as segments,
        min(spreads.between_variance) as between_variance,
        {{ stable_sum('standardised.effect / (1e0 / standardised.weight + spreads.between_variance)') }}
        / {{ stable_sum('1e0 / (1e0 / standardised.weight + spreads.between_variance)') }} as mean_effect,
        1e0 / {{ stable_sum('1e0 / (1e0 / standardised.weight + spreads.between_variance)') }} as mean_variance
    from standardised
    inner join spreads on standardised.action = spreads.action and standardised.metric = spreads.metric
    group by standardised.action, standardised.metric

),

final as (

    select
        -- key
        means.action,
        scales.segment,
        means.metric,

        -- measures
        cast(means.segments as int) as segments,
        means.mean_effect * sqrt(scales.variation) as mean_effect,
        means.mean_variance * scales.variation as mean_variance,
        4e0 / means.mean_variance as mean_people,
        means.between_variance * scales.variation as between_variance,
        scales.variation
    from means
    inner join scales on means.metric = scales.metric

)

select * from final
