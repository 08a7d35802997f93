{#-
  One row per category, `(all)` included: errors of its days at past cutoffs, beside the mean change from one week's day to the next week's,
  the relative error that 90 % of them stay within, and how many of one half of the cutoffs stay within that of the other half.
  An error is relative to its forecast, or to a tenth of the mean forecast where that is more.
-#}
with

nodes as (

    select * from {{ ref('int_demand_day_nodes') }}
    where cutoff_no > 0

),

days as (

    select * from {{ ref('int_demand_days') }}

),

series as (

    select * from {{ ref('int_demand_series') }}
    where first_week_no is not null

),

calendar_days as (

    select * from {{ ref('int_demand_calendar_days') }}

),

-- 1. the scale of MASE
every_day as (

    select
        series.category,
        calendar_days.day_date,
        calendar_days.weekday
    from series
    inner join calendar_days on calendar_days.week_no between series.first_week_no and series.last_week_no

),

every_day_units as (

    select
        every_day.category,
        every_day.day_date,
        every_day.weekday,
        coalesce(days.units, 0e0) as units
    from every_day
    left join days
        on
            every_day.category = days.category
            and every_day.day_date = days.sold_on

),

sold as (

    select
        case when grouping(category) = 1 then '(all)' else category end as category,
        day_date,
        max(weekday) as weekday,
        {{ stable_sum('units') }} as units
    from every_day_units
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ((day_date, category), (day_date)) -- noqa: PRS

),

differences as (

    select
        category,
        abs(units - lag(units) over (
            partition by category, weekday
            order by day_date
        )) as change_units
    from sold

),

changes as (

    select
        category,
        {{ stable_avg('change_units') }} as mean_change
    from differences
    group by category

),

-- 2. errors of the backtest and how far they reach (backtest_ctes)
{{ backtest_ctes('nodes', ['category'], 'day_date') }},

final as (

    select
        -- key
        widths.category,

        -- measures
        cast(means.cutoffs as bigint) as backtest_cutoffs,
        means.mean_forecast,
        case when means.cutoffs >= 4 then widths.relative_width end as relative_width,
        case when means.cutoffs >= 4 then covered.coverage end as interval_coverage,
        {{ safe_divide('widths.mean_error', 'changes.mean_change') }} as backtest_mase,
        {{ safe_divide('widths.mean_bias', 'widths.mean_actual') }} as backtest_bias
    from widths
    inner join means on widths.category = means.category
    inner join covered on widths.category = covered.category
    left join changes on widths.category = changes.category

)

select * from final
