{#-
  One row per category, `(all)` included: errors of its days at past cutoffs, beside the mean change from one week's day to the next week's,
  the relative error that 90 % of them stay within, and how many of one half of the cutoffs stay within that of the other half.
  An error is relative to its forecast, or to a tenth of the mean forecast where that is more.
-#}
{%- set target = '0.9e0' -%}
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

-- 2. errors, newer and older cutoffs apart
means as (

    select
        category,
        {{ stable_avg('forecast') }} as mean_forecast,
        max(cutoff_no) as cutoffs
    from nodes
    group by category

),

errors as (

    select
        nodes.category,
        nodes.cutoff_no,
        nodes.day_date,
        nodes.actual,
        nodes.forecast - nodes.actual as error,
        case when 2 * nodes.cutoff_no <= means.cutoffs then 'newer' else 'older' end as half,
        {{ round_significant(safe_divide(
            'abs(nodes.forecast - nodes.actual)', 'greatest(nodes.forecast, means.mean_forecast / 10e0)'
        )) }} as relative_error
    from nodes
    inner join means on nodes.category = means.category

),

ranked as (

    select
        *,
        row_number() over (
            partition by category
            order by relative_error asc, cutoff_no asc, day_date asc
        ) as error_rank,
        row_number() over (
            partition by category, half
            order by relative_error asc, cutoff_no asc, day_date asc
        ) as half_rank,
        count(*) over (partition by category) as error_count,
        count(*) over (partition by category, half) as half_count
    from errors

),

widths as (

    select
        category,
        max(case when error_rank = least(error_count, ceil({{ target }} * (error_count + 1))) then relative_error end) as relative_width,
        max(case when half = 'newer' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as newer_width,
        max(case when half = 'older' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as older_width,
        {{ stable_avg('abs(error)') }} as mean_error,
        {{ stable_avg('error') }} as mean_bias,
        {{ stable_avg('actual') }} as mean_actual
    from ranked
    group by category

),

covered as (

    select
        errors.category,
        {{ stable_avg("case when errors.relative_error <= case errors.half when 'newer' then widths.older_width else widths.newer_width end then 1e0 else 0e0 end") }} as coverage
    from errors
    inner join widths on errors.category = widths.category
    group by errors.category

),

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
