{#-
  One row per category, cutoff, feature set and week, from the category's first week to its last forecast week: the effect of season
  and events on the logarithm of units, and that of level and trend. An effect of more than a factor of twenty is none of a calendar.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

features as (

    select * from {{ ref('int_demand_features') }}

),

effects as (

    select * from {{ ref('int_demand_effects') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

summed as (

    select
        effects.category,
        effects.cutoff_no,
        effects.feature_set,
        features.week_no,
        {{ stable_sum("case when features.kind != 'base' then effects.effect * features.value else 0e0 end") }} as effect,
        {{ stable_sum("case when features.kind = 'base' then effects.effect * features.value else 0e0 end") }} as base_effect
    from effects
    inner join cutoffs
        on
            effects.category = cutoffs.category
            and effects.cutoff_no = cutoffs.cutoff_no
    inner join features
        on
            effects.feature_no = features.feature_no
            and features.week_no between cutoffs.first_week_no and cutoffs.cutoff_week_no + {{ ahead }}
    group by effects.category, effects.cutoff_no, effects.feature_set, features.week_no

),

final as (

    select
        -- key
        category,
        cutoff_no,
        feature_set,
        week_no,

        -- measures
        greatest(-3e0, least(3e0, effect)) as effect,
        base_effect
    from summed

)

select * from final
