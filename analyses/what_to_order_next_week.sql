{#-
  What to order next week? Expected units of each category in the first whole week from as_of on, the amount that nine weeks in ten
  (or as many as interval_coverage says) stay under or near, and the last four weeks beside it.
-#}
with

forecasts as (

    select * from {{ ref('category_demand_forecast') }}
    where level = 'category'

),

history as (

    select * from {{ ref('category_demand_history') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

next_week as (

    select min(forecasts.week_start) as week_start
    from forecasts
    cross join reference_date
    where forecasts.week_start >= reference_date.as_of

),

recent as (

    select
        history.category,
        avg(history.units) as recent_units
    from history
    cross join reference_date
    where history.week_start >= {{ add_days(date_trunc_to('week', 'reference_date.as_of'), -28) }}
    group by history.category

),

final as (

    select
        forecasts.category,
        forecasts.week_start,
        forecasts.event_names,
        round(forecasts.forecast, 0) as expected_units,
        ceil(forecasts.high) as units_to_be_safe,
        round(recent.recent_units, 0) as recent_weekly_units,
        round({{ safe_divide('forecasts.forecast', 'recent.recent_units') }} - 1e0, 3) as change_vs_recent,
        round(forecasts.interval_coverage, 2) as interval_coverage,
        forecasts.is_trustworthy,
        forecasts.method,
        forecasts.reason
    from forecasts
    inner join next_week on forecasts.week_start = next_week.week_start
    left join recent on forecasts.category = recent.category

)

select * from final
order by expected_units desc, category asc
