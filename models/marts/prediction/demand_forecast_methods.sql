{#- One row per category and forecasting method: its errors on past weeks, and whether it is used. -#}
with

candidates as (

    select * from {{ ref('int_demand_candidates') }}

),

series as (

    select * from {{ ref('int_demand_series') }}

),

changes as (

    select * from {{ ref('int_demand_node_changes') }}
    where channel = '(all)'

),

demand_methods as (

    select * from {{ ref('demand_methods') }}

),

-- 1. errors beside those of the plainest rule at the same cutoffs
compared as (

    select
        candidates.category,
        candidates.method,
        candidates.cutoff_no,
        candidates.actual,
        candidates.forecast - candidates.actual as error,
        abs(candidates.forecast - candidates.actual) as absolute_error,
        abs(baseline.forecast - baseline.actual) as baseline_error
    from candidates
    inner join candidates as baseline
        on
            candidates.category = baseline.category
            and candidates.cutoff_no = baseline.cutoff_no
            and candidates.weeks_ahead = baseline.weeks_ahead
            and baseline.method = 'recent_mean'

),

summed as (

    select
        category,
        method,
        count(distinct case when cutoff_no > 0 then cutoff_no end) as backtest_cutoffs,
        max(case when cutoff_no = 0 then 1 else 0 end) as can_forecast,
        {{ stable_avg('absolute_error') }} as mean_error,
        {{ stable_avg('baseline_error') }} as mean_baseline_error,
        {{ stable_avg('error') }} as mean_bias,
        {{ stable_avg('actual') }} as mean_actual
    from compared
    group by category, method

),

-- 2. categories without a complete week have no method
listed as (

    select
        series.category,
        coalesce(summed.method, '(none)') as method,
        coalesce(demand_methods.preference, 0) as preference,
        demand_methods.label_en,
        demand_methods.label_zh,
        series.history_weeks,
        series.is_intermittent,
        coalesce(summed.backtest_cutoffs, 0) as backtest_cutoffs,
        {{ round_significant(safe_divide('summed.mean_error', 'changes.mean_change')) }} as backtest_mase,
        {{ round_significant(safe_divide('summed.mean_error', 'summed.mean_baseline_error')) }} as error_vs_recent_mean,
        {{ round_significant(safe_divide('summed.mean_bias', 'summed.mean_actual')) }} as backtest_bias,
        coalesce(summed.can_forecast, 0) = 1
        and (
            summed.method = 'recent_mean'
            or (summed.backtest_cutoffs >= 4 and coalesce(summed.mean_baseline_error, 0e0) > 0)
        ) as is_eligible
    from series
    left join summed on series.category = summed.category
    left join changes on series.category = changes.category
    left join demand_methods on summed.method = demand_methods.method

),

ranked as (

    select
        *,
        row_number() over (
            partition by category
            order by
                case when is_eligible then 0 else 1 end asc,
                -- the plainest rule has ratio 1; without a backtest it is the only one
                case when method = 'recent_mean' then 1e0 else error_vs_recent_mean end asc,
                preference asc,
                method asc
        ) as choice_rank
    from listed

),

final as (

    select
        -- key
        category,
        method,

        -- attributes
        coalesce(label_en, 'none') as method_label_en,
        coalesce(label_zh, '无') as method_label_zh,
        choice_rank = 1 and method != '(none)' as is_used,
        case
            when method = '(none)' then 'no complete week with a sale yet'
            when choice_rank = 1 and not is_eligible then 'no other method can be used'
            when choice_rank = 1 and backtest_cutoffs < 4
                then concat('too few weeks to compare methods: ', {{ as_text('history_weeks') }})
            when choice_rank = 1 then concat('smallest error at ', {{ as_text('backtest_cutoffs') }}, ' past cutoffs')
            when not is_eligible then concat('not compared: tested at ', {{ as_text('backtest_cutoffs') }}, ' past cutoffs, 4 are needed')
            else 'larger error'
        end as reason,
        case
            when method = '(none)' then '尚无有销售的完整周'
            when choice_rank = 1 and not is_eligible then '没有其他可用的方法'
            when choice_rank = 1 and backtest_cutoffs < 4
                then concat('周数不足以比较方法：', {{ as_text('history_weeks') }})
            when choice_rank = 1 then concat('在', {{ as_text('backtest_cutoffs') }}, '个历史截点上误差最小')
            when not is_eligible then concat('未参与比较：检验了', {{ as_text('backtest_cutoffs') }}, '个历史截点，至少需要4个')
            else '误差较大'
        end as reason_zh,
        is_intermittent,

        -- measures
        cast(history_weeks as bigint) as history_weeks,
        cast(backtest_cutoffs as bigint) as backtest_cutoffs,
        backtest_mase,
        error_vs_recent_mean,
        backtest_bias
    from ranked

)

select * from final
