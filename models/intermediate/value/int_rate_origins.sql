{#-
  One row per origin, a day until which orders are known: `history` (everything), `calibration` (without
  the holdout) and `inner` (a third of the calibration less). What came after an origin, up to the next
  one, is what the drifting rate of a period is fitted on.
-#}
with

periods as (

    select
        max(case when period = 'history' then observed_until end) as history_until,
        max(case when period = 'calibration' then observed_until end) as calibration_until,
        max(case when period = 'calibration' then holdout_days end) as holdout_days,
        min(case when period = 'calibration' then first_ordered_on end) as first_ordered_on
    from {{ ref('int_clv_customers') }}

),

inner_days as (

    select
        *,
        cast(least(365, floor({{ days_between('first_ordered_on', 'calibration_until') }} / 3e0)) as int) as inner_days
    from periods

),

unioned as (

    select
        'history' as origin,
        cast(null as string) as fit_period,
        history_until as observed_until,
        cast(0 as int) as target_days
    from inner_days
    union all
    select
        'calibration' as origin,
        'history' as fit_period,
        calibration_until as observed_until,
        cast(holdout_days as int) as target_days
    from inner_days
    union all
    select
        'inner' as origin,
        'calibration' as fit_period,
        {{ add_days('calibration_until', '-inner_days') }} as observed_until,
        inner_days as target_days
    from inner_days

),

final as (

    select * from unioned
    where observed_until is not null and (origin = 'history' or target_days > 0)

)

select * from final
