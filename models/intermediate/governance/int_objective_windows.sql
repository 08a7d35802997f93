{#-
  One row per objective and window that its metric is counted in: the period, its baseline, and the 15 whole
  months before the reference date (the pace, and how far such a pace was off in the past).
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}

),

months_back as (

    select months_back
    from {{ number_series(1, 15, 'months_back') }} as numbers

),

windows as (

    select
        objective,
        metric,
        detail,
        scope,
        scope_value,
        period_months,
        history_from,
        'period' as window_kind,
        cast(0 as bigint) as months_back,
        period_from as from_date
    from periods

    union all

    -- a part is compared with the whole of the same period, others with the past
    select
        objective,
        metric,
        detail,
        case when baseline_rule = 'whole' then 'all' else scope end as scope,
        case when baseline_rule = 'whole' then '(all)' else scope_value end as scope_value,
        period_months,
        history_from,
        'baseline' as window_kind,
        cast(0 as bigint) as months_back,
        case baseline_rule
            when 'whole' then period_from
            when 'previous_period' then {{ add_months_to('period_from', '-period_months') }}
            else {{ add_months_to('period_from', -12) }}
        end as from_date
    from periods
    where baseline_rule in ('whole', 'previous_period', 'same_period_last_year')

    union all

    select
        periods.objective,
        periods.metric,
        periods.detail,
        periods.scope,
        periods.scope_value,
        1 as period_months,
        periods.history_from,
        'month' as window_kind,
        months_back.months_back,
        {{ add_months_to(date_trunc_to('month', 'periods.observed_to'), '-months_back.months_back') }} as from_date
    from periods
    cross join months_back
    where periods.metric_kind != 'state'

),

final as (

    select
        -- key
        objective,
        window_kind,
        months_back,

        -- what
        metric,
        detail,
        scope,
        scope_value,

        -- when
        from_date,
        {{ add_months_to('from_date', 'period_months') }} as to_date,
        {{ add_months_to('from_date', '-period_months') }} as previous_from,
        {{ add_months_to('from_date', '-period_months') }} >= history_from as has_previous
    from windows
    -- only windows that lie within the history wholly
    where from_date >= history_from or window_kind = 'period'

)

select * from final
