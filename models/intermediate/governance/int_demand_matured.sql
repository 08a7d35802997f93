{#-
  One row per series of the demand forecast: what a build before this one foretold for the four weeks to come,
  what came, and what the mean of its last four weeks would have foretold.
-#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

demand as (

    select * from {{ ref('category_demand_history') }}

),

remembered as (

    {{ model_memory('forecast') }}

),

held as (

    select
        remembered.as_of as foretold_on,
        remembered.model,
        remembered.algorithm,
        remembered.name,
        remembered.value,
        remembered.low,
        remembered.high
    from remembered
    cross join reference_date
    where
        {{ has_prefix('remembered.model', "'demand_forecast:'") }}
        and remembered.as_of < reference_date.as_of

),

-- 1. the newest forecast whose first four weeks are over: the first is the week of the day it was made on
demand_and_all as (

    select
        category,
        week_start,
        units
    from demand
    union all
    select
        '(all)' as category,
        week_start,
        {{ stable_sum('units') }} as units
    from demand
    group by week_start

),

newest_week as (

    select max(week_start) as week_start from demand

),

newest_forecasts as (

    select
        held.model,
        max(held.foretold_on) as foretold_on
    from held
    cross join newest_week
    where
        {{ has_prefix('held.name', "'week:'") }}
        and {{ week_number('newest_week.week_start') }} - {{ week_number('held.foretold_on') }} >= 3
    group by held.model

),

forecast_weeks as (

    select
        held.*,
        row_number() over (partition by held.model order by held.name) as week_no
    from held
    inner join newest_forecasts
        on
            held.model = newest_forecasts.model
            and held.foretold_on = newest_forecasts.foretold_on
    where {{ has_prefix('held.name', "'week:'") }}

),

final as (

    select
        weeks.model,
        max(weeks.algorithm) as algorithm,
        {{ stable_sum('weeks.value') }} as foretold,
        {{ stable_sum('demand_and_all.units') }} as units,
        {{ stable_sum('abs(weeks.value - demand_and_all.units)') }} as error,
        {{ stable_sum('abs(recent.value - demand_and_all.units)') }} as recent_error,
        {{ safe_divide(
            'sum(case when demand_and_all.units between weeks.low and weeks.high then 1 else 0 end)',
            'count(weeks.low)'
        ) }} as coverage,
        count(*) as week_count
    from forecast_weeks as weeks
    inner join demand_and_all
        on
            weeks.model = concat('demand_forecast:', demand_and_all.category)
            and weeks.name = concat('week:', {{ as_text('demand_and_all.week_start') }})
    left join held as recent
        on
            weeks.model = recent.model
            and weeks.foretold_on = recent.foretold_on
            and recent.name = 'recent_mean'
    where weeks.week_no <= 4
    group by weeks.model

)

select * from final
