{#-
  One row per objective about a period that is not over: what is to be expected of its remaining days, by the pace of
  the last three whole months, and how far the same pace was off in each of the 12 months before.
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}

),

windows as (

    select * from {{ ref('int_objective_windows') }}

),

facts as (

    select * from {{ ref('int_objective_facts') }}

),

-- 1. whole months, those without anything too
months as (

    select
        windows.objective,
        windows.months_back,
        cast({{ days_between('windows.from_date', 'windows.to_date') }} as double) as days,
        coalesce(facts.numerator, 0e0) as numerator,
        coalesce(facts.denominator, 0e0) as denominator,
        facts.squares,
        coalesce(facts.units, 0e0) as units
    from windows
    left join facts
        on
            windows.objective = facts.objective
            and windows.window_kind = facts.window_kind
            and windows.months_back = facts.months_back
    where windows.window_kind = 'month'

),

pace as (

    select
        objective,
        sum(days) as days,
        {{ stable_sum('numerator') }} as numerator,
        {{ stable_sum('denominator') }} as denominator,
        {{ stable_sum('squares') }} as squares,
        {{ stable_sum('units') }} as units
    from months
    where months_back <= 3
    group by objective
    having count(*) = 3

),

-- 2. the same pace, tried on months that are known
trials as (

    select
        months.objective,
        months.months_back,
        max(months.numerator) as numerator,
        max(months.days) * {{ stable_sum('earlier.numerator') }} / sum(earlier.days) as predicted
    from months
    inner join months as earlier
        on
            months.objective = earlier.objective
            and months.months_back < earlier.months_back
            and months.months_back + 3 >= earlier.months_back
    group by months.objective, months.months_back
    having count(*) = 3

),

errors as (

    select
        objective,
        count(*) as trial_months,
        sqrt({{ stable_avg('power(numerator / predicted - 1e0, 2)') }}) as relative_error
    from trials
    where predicted > 0
    group by objective

),

-- 3. the days that are still to come, or still to mature
remaining as (

    select
        objective,
        greatest(period_from, observed_to) as from_date,
        period_to as to_date,
        cast({{ days_between('greatest(period_from, observed_to)', 'period_to') }} as double) as days
    from periods
    where period_to > observed_to and metric_kind != 'state'

),

final as (

    select
        -- key
        remaining.objective,

        -- the remaining days
        remaining.from_date,
        remaining.to_date,
        remaining.days as remaining_days,

        -- what the pace would bring in them
        pace.numerator * remaining.days / pace.days as numerator,
        pace.denominator * remaining.days / pace.days as denominator,

        -- how sure that is
        pace.denominator as pace_denominator,
        {{ safe_divide('pace.squares', 'pace.denominator') }}
        - power({{ safe_divide('pace.numerator', 'pace.denominator') }}, 2) as unit_variance,
        case when errors.trial_months >= 3 then errors.relative_error end as relative_error,

        -- worth of a unit of demand
        {{ safe_divide('pace.numerator', 'pace.units') }} as value_per_unit
    from remaining
    left join pace on remaining.objective = pace.objective
    left join errors on remaining.objective = errors.objective

)

select * from final
