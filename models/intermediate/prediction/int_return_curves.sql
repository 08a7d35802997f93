{#-
  One row per rhythm class, tenth day of silence today and month ahead (1 to 12): how likely the next
  order comes in that month, and the days to it that are to be expected. Few rows: many share them.
-#}
{%- set bins = 73 -%}
with

hazards as (

    select * from {{ ref('int_return_hazards') }}

),

starts as (

    select
        rhythm_class,
        bin as silence_bin
    from hazards

),

steps as (

    select
        starts.rhythm_class,
        starts.silence_bin,
        cast(series.step as int) as step
    from starts
    cross join {{ number_series(0, 35, 'step') }} as series

),

-- 1. ten days by ten days; after two years as in the last of them
walked as (

    select
        steps.rhythm_class,
        steps.silence_bin,
        steps.step,
        hazards.hazard,
        sum({{ safe_ln('1e0 - hazards.hazard') }}) over (
            partition by steps.rhythm_class, steps.silence_bin order by steps.step
            rows between unbounded preceding and current row
        ) as log_survival
    from steps
    inner join hazards
        on
            steps.rhythm_class = hazards.rhythm_class
            and least(steps.silence_bin + steps.step, {{ bins - 1 }}) = hazards.bin

),

-- 2. three steps are a month
monthly as (

    select
        rhythm_class,
        silence_bin,
        cast(floor(step / 3e0) + 1 as int) as month_ahead,
        exp(min(log_survival)) as survival_rate,
        {{ stable_sum('exp(log_survival)') }} as survived_steps,
        max(hazard) as last_hazard
    from walked
    group by rhythm_class, silence_bin, cast(floor(step / 3e0) + 1 as int)

),

chained as (

    select
        *,
        coalesce(lag(survival_rate) over (partition by rhythm_class, silence_bin order by month_ahead), 1e0) as survival_before,
        sum(survived_steps) over (partition by rhythm_class, silence_bin) as all_survived_steps,
        min(survival_rate) over (partition by rhythm_class, silence_bin) as survival_365d
    from monthly

),

final as (

    select
        rhythm_class,
        silence_bin,
        month_ahead,
        greatest(0e0, coalesce(1e0 - {{ safe_divide('survival_rate', 'survival_before') }}, 0e0)) as hazard,
        survival_rate,
        -- of those who come back within a year: half a step, and a step for each that they stay away
        case
            when survival_365d < 1e0
                then 10e0 * (0.5e0 + (all_survived_steps - 36e0 * survival_365d) / (1e0 - survival_365d))
        end as days_if_within_year,
        1e0 - survival_365d as return_rate_365d
    from chained

)

select * from final
