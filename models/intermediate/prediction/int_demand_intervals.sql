{#-
  One row per category and channel, `(all)` included: the relative error that 90 % of the backtest's errors stay within, and how many of
  one half of the cutoffs stay within that of the other half. An error is relative to its forecast, or to a tenth
  of the mean forecast where that is more. Fewer than four cutoffs give no interval.
-#}
{%- set target = '0.9e0' -%}
with

nodes as (

    select * from {{ ref('int_demand_nodes') }}
    where cutoff_no > 0

),

history as (

    select * from {{ ref('int_demand_node_changes') }}

),

means as (

    select
        category,
        channel,
        {{ stable_avg('forecast') }} as mean_forecast,
        max(cutoff_no) as cutoffs
    from nodes
    group by category, channel

),

errors as (

    select
        nodes.category,
        nodes.channel,
        nodes.cutoff_no,
        nodes.weeks_ahead,
        case when 2 * nodes.cutoff_no <= means.cutoffs then 'newer' else 'older' end as half,
        nodes.forecast - nodes.actual as error,
        nodes.actual,
        {{ safe_divide('abs(nodes.forecast - nodes.actual)', 'greatest(nodes.forecast, means.mean_forecast / 10e0)') }} as relative_error
    from nodes
    inner join means
        on
            nodes.category = means.category
            and nodes.channel = means.channel

),

-- 1. the error at the rank that leaves a tenth outside, of all and of each half
ranked as (

    select
        *,
        row_number() over (
            partition by category, channel
            order by {{ round_significant('relative_error') }} asc, cutoff_no asc, weeks_ahead asc
        ) as error_rank,
        row_number() over (
            partition by category, channel, half
            order by {{ round_significant('relative_error') }} asc, cutoff_no asc, weeks_ahead asc
        ) as half_rank,
        count(*) over (partition by category, channel) as error_count,
        count(*) over (partition by category, channel, half) as half_count
    from errors

),

widths as (

    select
        category,
        channel,
        max(case when error_rank = least(error_count, ceil({{ target }} * (error_count + 1))) then relative_error end) as relative_width,
        max(case when half = 'newer' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as newer_width,
        max(case when half = 'older' and half_rank = least(half_count, ceil({{ target }} * (half_count + 1))) then relative_error end) as older_width,
        {{ stable_avg('abs(error)') }} as mean_error,
        {{ stable_avg('error') }} as mean_bias,
        {{ stable_avg('actual') }} as mean_actual
    from ranked
    group by category, channel

),

covered as (

    select
        errors.category,
        errors.channel,
        {{ stable_avg("case when errors.relative_error <= case errors.half when 'newer' then widths.older_width else widths.newer_width end then 1e0 else 0e0 end") }} as coverage
    from errors
    inner join widths
        on
            errors.category = widths.category
            and errors.channel = widths.channel
    group by errors.category, errors.channel

),

final as (

    select
        -- key
        widths.category,
        widths.channel,

        -- measures
        cast(means.cutoffs as bigint) as backtest_cutoffs,
        means.mean_forecast,
        case when means.cutoffs >= 4 then widths.relative_width end as relative_width,
        case when means.cutoffs >= 4 then covered.coverage end as interval_coverage,
        {{ safe_divide('widths.mean_error', 'history.mean_change') }} as backtest_mase,
        {{ safe_divide('widths.mean_bias', 'widths.mean_actual') }} as backtest_bias
    from widths
    inner join means
        on
            widths.category = means.category
            and widths.channel = means.channel
    inner join covered
        on
            widths.category = covered.category
            and widths.channel = covered.channel
    left join history
        on
            widths.category = history.category
            and widths.channel = history.channel

)

select * from final
