{#-
  One row per category, cutoff, feature set and week, from the first week to the last forecast week: the factor
  that season and events put on demand, and the units without it (null after the cutoff). Set `none` has factor 1.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

features as (

    select * from {{ ref('int_demand_features') }}
    where kind != 'base'

),

effects as (

    select * from {{ ref('int_demand_effects') }}

),

history as (

    select * from {{ ref('int_demand_history') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

every_week as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        cutoffs.cutoff_week_no,
        cutoffs.first_week_no,
        week_list.week_no
    from cutoffs
    {{ explode_array(number_array('cutoffs.first_week_no', 'cutoffs.cutoff_week_no + ' ~ ahead), 'week_list', 'week_no') }}

),

sets as (

    select
        category,
        cutoff_no,
        feature_set
    from effects
    group by category, cutoff_no, feature_set
    union all
    select
        category,
        cutoff_no,
        'none' as feature_set
    from cutoffs

),

-- an effect of more than a factor of twenty is no effect of a calendar
week_effects as (

    select
        effects.category,
        effects.cutoff_no,
        effects.feature_set,
        features.week_no,
        greatest(-3e0, least(3e0, {{ stable_sum('effects.effect * features.value') }})) as effect
    from effects
    inner join features on effects.feature_no = features.feature_no
    group by 1, 2, 3, 4

),

final as (

    select
        -- key
        every_week.category,
        every_week.cutoff_no,
        sets.feature_set,
        every_week.week_no,

        -- attributes
        every_week.first_week_no,
        every_week.cutoff_week_no,

        -- measures
        exp(coalesce(week_effects.effect, 0e0)) as factor,
        case
            when every_week.week_no <= every_week.cutoff_week_no
                then history.units / exp(coalesce(week_effects.effect, 0e0))
        end as adjusted_units,
        history.units
    from every_week
    inner join sets
        on
            every_week.category = sets.category
            and every_week.cutoff_no = sets.cutoff_no
    left join week_effects
        on
            every_week.category = week_effects.category
            and every_week.cutoff_no = week_effects.cutoff_no
            and sets.feature_set = week_effects.feature_set
            and every_week.week_no = week_effects.week_no
    left join history
        on
            every_week.category = history.category
            and every_week.week_no = history.week_no

)

select * from final
