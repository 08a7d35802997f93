{#-
  One row per category, channel and week to come, `(all)` where categories or channels are added up: expected units with an
  interval. A category that cannot be forecast has one row without a number and with the reason.
-#}
with

nodes as (

    select * from {{ ref('int_demand_nodes') }}
    where cutoff_no = 0

),

intervals as (

    select * from {{ ref('int_demand_intervals') }}

),

methods as (

    select * from {{ ref('demand_forecast_methods') }}

),

series as (

    select * from {{ ref('int_demand_series') }}

),

node_changes as (

    select * from {{ ref('int_demand_node_changes') }}

),

adjusted as (

    select * from {{ ref('int_demand_adjusted') }}
    where cutoff_no = 0

),

week_events as (

    select * from {{ ref('int_demand_week_events') }}

),

demand_methods as (

    select * from {{ ref('demand_methods') }}

),

-- 1. what the calendar does to a category
used_methods as (

    select
        methods.category,
        methods.method,
        methods.reason,
        methods.reason_zh,
        demand_methods.feature_set
    from methods
    inner join demand_methods on methods.method = demand_methods.method
    where methods.is_used

),

factors as (

    select
        adjusted.category,
        adjusted.week_no,
        adjusted.factor
    from adjusted
    inner join used_methods
        on
            adjusted.category = used_methods.category
            and adjusted.feature_set = used_methods.feature_set

),

shop as (

    select
        max(left_out_days) as left_out_days,
        max(last_week_no) as last_week_no
    from series

),

forecasts as (

    select
        nodes.category,
        nodes.channel,
        nodes.week_no,
        nodes.weeks_ahead,
        case
            when nodes.category = '(all)' then 'sum_of_categories'
            when nodes.channel = '(all)' then used_methods.method
            else 'share_of_category'
        end as method,
        case
            when nodes.category = '(all)' then 'sum of the forecasts of all categories'
            when nodes.channel = '(all)' then used_methods.reason
            else 'the category by the share of the channel in the last 13 weeks'
        end as reason,
        case
            when nodes.category = '(all)' then '各品类预测之和'
            when nodes.channel = '(all)' then used_methods.reason_zh
            else '按近13周渠道占比拆分品类预测'
        end as reason_zh,
        nodes.forecast,
        factors.factor,
        intervals.relative_width * greatest(nodes.forecast, intervals.mean_forecast / 10e0) as half_width,
        intervals.interval_coverage,
        intervals.backtest_mase,
        intervals.backtest_bias,
        coalesce(intervals.backtest_cutoffs, 0) as backtest_cutoffs,
        node_changes.history_weeks
    from nodes
    left join used_methods on nodes.category = used_methods.category
    left join intervals
        on
            nodes.category = intervals.category
            and nodes.channel = intervals.channel
    left join node_changes
        on
            nodes.category = node_changes.category
            and nodes.channel = node_changes.channel
    left join factors
        on
            nodes.category = factors.category
            and nodes.week_no = factors.week_no
            and nodes.channel = '(all)'

),

-- 2. categories that have sold, but in no complete week
unknown as (

    select
        methods.category,
        '(all)' as channel,
        shop.last_week_no + 1 as week_no,
        1 as weeks_ahead,
        methods.method,
        methods.reason,
        methods.reason_zh,
        cast(null as double) as forecast,
        cast(null as double) as factor,
        cast(null as double) as half_width,
        cast(null as double) as interval_coverage,
        cast(null as double) as backtest_mase,
        cast(null as double) as backtest_bias,
        0 as backtest_cutoffs,
        0 as history_weeks
    from methods
    cross join shop
    where methods.method = '(none)'

),

all_rows as (

    select * from forecasts
    union all
    select * from unknown

),

final as (

    select
        -- key
        all_rows.category,
        all_rows.channel,
        {{ week_monday('all_rows.week_no') }} as week_start,

        -- attributes
        case
            when all_rows.category = '(all)' and all_rows.channel = '(all)' then 'total'
            when all_rows.category = '(all)' then 'channel'
            when all_rows.channel = '(all)' then 'category'
            else 'category and channel'
        end as level,
        cast(all_rows.weeks_ahead as int) as weeks_ahead,
        all_rows.method,
        concat(
            all_rows.reason,
            case
                when shop.left_out_days = 1 then '; the newest day is no whole week and left out'
                when shop.left_out_days > 0
                    then concat('; the newest ', {{ as_text('shop.left_out_days') }}, ' days are no whole week and left out')
                else ''
            end
        ) as reason,
        concat(
            all_rows.reason_zh,
            case
                when shop.left_out_days > 0
                    then concat('；最近', {{ as_text('shop.left_out_days') }}, '天不足一周，未计入')
                else ''
            end
        ) as reason_zh,
        week_events.event_names,
        -- better than the change from week to week, tested over most of a year
        coalesce(all_rows.backtest_mase < 1e0, false) and all_rows.backtest_cutoffs >= 8 as is_trustworthy,

        -- measures
        all_rows.forecast,
        case when all_rows.half_width is not null then greatest(0e0, all_rows.forecast - all_rows.half_width) end as low,
        all_rows.forecast + all_rows.half_width as high,
        0.9e0 as interval_level,
        all_rows.interval_coverage,
        all_rows.backtest_mase,
        all_rows.backtest_bias,
        cast(all_rows.backtest_cutoffs as bigint) as backtest_cutoffs,
        all_rows.factor as calendar_factor,
        cast(all_rows.history_weeks as bigint) as history_weeks
    from all_rows
    cross join shop
    left join week_events on all_rows.week_no = week_events.week_no

)

select * from final
