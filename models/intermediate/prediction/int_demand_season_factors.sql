{#-
  One row per category, cutoff and week of the feature set with season: the effect of season and events on the logarithm of units,
  and what level, trend, season and events together leave of a known week (null after the cutoff).
-#}
with

calendar_effects as (

    select * from {{ ref('int_demand_calendar_effects') }}
    where feature_set = 'season'

),

history as (

    select * from {{ ref('int_demand_history') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

final as (

    select
        -- key
        calendar_effects.category,
        calendar_effects.cutoff_no,
        calendar_effects.week_no,

        -- measures
        calendar_effects.effect,
        case
            when calendar_effects.week_no <= cutoffs.cutoff_week_no
                then ln(greatest(history.units, 0.5e0)) - calendar_effects.effect - calendar_effects.base_effect
        end as residual
    from calendar_effects
    inner join cutoffs
        on
            calendar_effects.category = cutoffs.category
            and calendar_effects.cutoff_no = cutoffs.cutoff_no
    left join history
        on
            calendar_effects.category = history.category
            and calendar_effects.week_no = history.week_no

)

select * from final
