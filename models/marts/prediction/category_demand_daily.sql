{#-
  One row per category and day to come, `(all)` where categories are added up: expected units with an interval, the week's forecast divided
  among its days. A category whose days are too rare has one row without a number and with the reason.
-#}
with

nodes as (

    select * from {{ ref('int_demand_day_nodes') }}
    where cutoff_no = 0

),

choices as (

    select * from {{ ref('int_demand_day_choices') }}

),

intervals as (

    select * from {{ ref('int_demand_day_intervals') }}

),

calendar_days as (

    select * from {{ ref('int_demand_calendar_days') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. the total is forecast by day where one of its parts is
refusals as (

    select
        category,
        method,
        refusal,
        refusal_zh,
        history_weeks
    from choices
    union all
    select
        '(all)' as category,
        'sum_of_categories' as method,
        case when count(case when refusal is null then 1 end) = 0 then 'no category has enough to forecast days' end as refusal,
        case when count(case when refusal is null then 1 end) = 0 then '没有品类的数据足以按日预测' end as refusal_zh,
        max(history_weeks) as history_weeks
    from choices
    having count(*) > 0

),

forecasts as (

    select
        nodes.category,
        nodes.day_date,
        nodes.week_no,
        nodes.weeks_ahead,
        nodes.weekday,
        refusals.method,
        case refusals.method
            when 'sum_of_categories' then 'sum of all categories, rare ones by the weekdays of the shop'
            else concat('smallest error at ', {{ as_text('intervals.backtest_cutoffs') }}, ' past cutoffs')
        end as reason,
        case refusals.method
            when 'sum_of_categories' then '各品类之和，少量销售的品类按全店星期规律'
            else concat('在', {{ as_text('intervals.backtest_cutoffs') }}, '个历史截点上误差最小')
        end as reason_zh,
        nodes.forecast,
        intervals.relative_width * greatest(nodes.forecast, intervals.mean_forecast / 10e0) as half_width,
        nodes.day_share,
        nodes.weekday_share,
        nodes.event_factor,
        refusals.history_weeks
    from nodes
    inner join refusals on nodes.category = refusals.category
    inner join intervals on nodes.category = intervals.category
    where refusals.refusal is null

),

first_day as (

    select {{ week_monday(week_number('as_of')) }} as day_date
    from reference_date

),

-- 2. one row each for the others
refused as (

    select
        refusals.category,
        first_day.day_date,
        {{ week_number('first_day.day_date') }} as week_no,
        1 as weeks_ahead,
        1 as weekday,
        '(none)' as method,
        refusals.refusal as reason,
        refusals.refusal_zh as reason_zh,
        cast(null as double) as forecast,
        cast(null as double) as half_width,
        cast(null as double) as day_share,
        cast(null as double) as weekday_share,
        cast(null as double) as event_factor,
        refusals.history_weeks
    from refusals
    cross join first_day
    where refusals.refusal is not null

),

all_rows as (

    select * from forecasts
    union all
    select * from refused

),

final as (

    select
        -- key
        all_rows.category,
        all_rows.day_date as forecast_date,

        -- attributes
        {{ week_monday('all_rows.week_no') }} as week_start,
        cast(all_rows.weekday as int) as weekday,
        cast(all_rows.weeks_ahead as int) as weeks_ahead,
        cast({{ days_between('reference_date.as_of', 'all_rows.day_date') }} as int) as days_ahead,
        all_rows.method,
        all_rows.reason,
        all_rows.reason_zh,
        calendar_days.event_name,
        -- better than the change from a day to the same of the next week, tested over most of a year
        all_rows.forecast is not null and coalesce(intervals.backtest_mase < 1e0, false) and intervals.backtest_cutoffs >= 8 as is_trustworthy,

        -- measures
        all_rows.forecast,
        case when all_rows.half_width is not null then greatest(0e0, all_rows.forecast - all_rows.half_width) end as low,
        all_rows.forecast + all_rows.half_width as high,
        0.9e0 as interval_level,
        case when all_rows.forecast is not null then intervals.interval_coverage end as interval_coverage,
        case when all_rows.forecast is not null then intervals.backtest_mase end as backtest_mase,
        case when all_rows.forecast is not null then intervals.backtest_bias end as backtest_bias,
        coalesce(intervals.backtest_cutoffs, 0) as backtest_cutoffs,
        all_rows.day_share,
        all_rows.weekday_share,
        all_rows.event_factor,
        cast(all_rows.history_weeks as bigint) as history_weeks
    from all_rows
    cross join reference_date
    left join intervals on all_rows.category = intervals.category
    left join calendar_days on all_rows.day_date = calendar_days.day_date

)

select * from final
