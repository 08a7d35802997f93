{#-
  One row per category and channel, `(all)` included: the relative error that 90 % of the backtest's errors stay within, and how many of
  one half of the cutoffs stay within that of the other half. An error is relative to its forecast, or to a tenth
  of the mean forecast where that is more. Fewer than four cutoffs give no interval.
-#}
with

nodes as (

    select * from {{ ref('int_demand_nodes') }}
    where cutoff_no > 0

),

history as (

    select * from {{ ref('int_demand_node_changes') }}

),

-- 1. errors of the backtest and how far they reach (backtest_ctes)
{{ backtest_ctes('nodes', ['category', 'channel'], 'weeks_ahead') }},

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
