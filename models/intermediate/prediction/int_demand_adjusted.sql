{#-
  One row per category, cutoff, feature set and week, from the first week to the last forecast week: the factor that season, events
  and indicator put on demand, and the units without it (null after the cutoff). Set `none` has factor 1.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

calendar_effects as (

    select * from {{ ref('int_demand_calendar_effects') }}

),

indicators as (

    select * from {{ ref('int_demand_indicators') }}

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
        week_list.week_no
    from cutoffs
    {{ explode_array(number_array('cutoffs.first_week_no', 'cutoffs.cutoff_week_no + ' ~ ahead), 'week_list', 'week_no') }}

),

all_effects as (

    select
        category,
        cutoff_no,
        'none' as feature_set,
        week_no,
        0e0 as effect
    from every_week
    union all
    select
        category,
        cutoff_no,
        feature_set,
        week_no,
        effect
    from calendar_effects
    union all
    select
        calendar_effects.category,
        calendar_effects.cutoff_no,
        'indicator' as feature_set,
        calendar_effects.week_no,
        calendar_effects.effect + coalesce(indicators.effect, 0e0) as effect
    from calendar_effects
    inner join indicators
        on
            calendar_effects.category = indicators.category
            and calendar_effects.cutoff_no = indicators.cutoff_no
            and calendar_effects.week_no = indicators.week_no
    where calendar_effects.feature_set = 'season'

),

final as (

    select
        -- key
        all_effects.category,
        all_effects.cutoff_no,
        all_effects.feature_set,
        all_effects.week_no,

        -- attributes
        cutoffs.first_week_no,
        cutoffs.cutoff_week_no,

        -- measures
        exp(all_effects.effect) as factor,
        case
            when all_effects.week_no <= cutoffs.cutoff_week_no
                then history.units / exp(all_effects.effect)
        end as adjusted_units,
        history.units
    from all_effects
    inner join cutoffs
        on
            all_effects.category = cutoffs.category
            and all_effects.cutoff_no = cutoffs.cutoff_no
    left join history
        on
            all_effects.category = history.category
            and all_effects.week_no = history.week_no

)

select * from final
