{#-
  One row per category, cutoff, method and week ahead: what each method forecasts knowing the weeks up to the
  cutoff, and what came (null for cutoff 0).
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

adjusted as (

    select * from {{ ref('int_demand_adjusted') }}

),

fits as (

    select * from {{ ref('int_demand_fits') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

history as (

    select * from {{ ref('int_demand_history') }}

),

demand_methods as (

    select * from {{ ref('demand_methods') }}

),

targets as (

    select
        *,
        cast(week_no - cutoff_week_no as int) as weeks_ahead
    from adjusted
    where week_no > cutoff_week_no

),

-- 1. smoothing, with the factor of the week put back
smoothed as (

    select
        targets.category,
        targets.cutoff_no,
        demand_methods.method,
        targets.weeks_ahead,
        case fits.method
            when 'smoothing' then {{ damped_forecast('fits.state', 'fits.phi', 'targets.weeks_ahead') }}
            else {{ array_get('fits.state', 1) }}
        end * targets.factor as forecast
    from targets
    inner join fits
        on
            targets.category = fits.category
            and targets.cutoff_no = fits.cutoff_no
            and targets.feature_set = fits.feature_set
    inner join demand_methods
        on
            fits.method = demand_methods.fitted_by
            and fits.feature_set = demand_methods.feature_set

),

-- 2. the plain rules that the others must beat
recent as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        {{ stable_avg('history.units') }} as recent_mean
    from cutoffs
    inner join history
        on
            cutoffs.category = history.category
            and history.week_no between cutoffs.cutoff_week_no - 3 and cutoffs.cutoff_week_no
    group by cutoffs.category, cutoffs.cutoff_no

),

plain_targets as (

    select * from targets
    where feature_set = 'none'

),

plain as (

    select
        plain_targets.category,
        plain_targets.cutoff_no,
        'recent_mean' as method,
        plain_targets.weeks_ahead,
        recent.recent_mean as forecast
    from plain_targets
    inner join recent
        on
            plain_targets.category = recent.category
            and plain_targets.cutoff_no = recent.cutoff_no
    union all
    select
        plain_targets.category,
        plain_targets.cutoff_no,
        'seasonal_naive' as method,
        plain_targets.weeks_ahead,
        history.units as forecast
    from plain_targets
    inner join history
        on
            plain_targets.category = history.category
            and plain_targets.week_no - 52 = history.week_no

),

-- 3. the seasonal method and last year's weeks, half each
combined as (

    select
        smoothed.category,
        smoothed.cutoff_no,
        'season_and_last_year' as method,
        smoothed.weeks_ahead,
        (smoothed.forecast + plain.forecast) / 2e0 as forecast
    from smoothed
    inner join plain
        on
            smoothed.category = plain.category
            and smoothed.cutoff_no = plain.cutoff_no
            and smoothed.weeks_ahead = plain.weeks_ahead
    where smoothed.method = 'smoothing_with_season_and_events' and plain.method = 'seasonal_naive'

),

all_methods as (

    select * from smoothed
    union all
    select * from plain
    union all
    select * from combined

),

final as (

    select
        -- key
        all_methods.category,
        all_methods.cutoff_no,
        all_methods.method,
        all_methods.weeks_ahead,

        -- attributes
        plain_targets.week_no,

        -- measures
        greatest(0e0, all_methods.forecast) as forecast,
        case when all_methods.cutoff_no > 0 then plain_targets.units end as actual
    from all_methods
    inner join plain_targets
        on
            all_methods.category = plain_targets.category
            and all_methods.cutoff_no = plain_targets.cutoff_no
            and all_methods.weeks_ahead = plain_targets.weeks_ahead

)

select * from final
