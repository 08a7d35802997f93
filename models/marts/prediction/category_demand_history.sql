{#-
  One row per category and complete week of the past: units sold beside what was to be expected a week before, and whether the difference
  is unusual. Season and events are those fitted today; level and trend follow the weeks before only.
-#}
with

history as (

    select * from {{ ref('int_demand_history') }}

),

adjusted as (

    select * from {{ ref('int_demand_adjusted') }}
    where cutoff_no = 0 and week_no <= cutoff_week_no

),

fits as (

    select * from {{ ref('int_demand_fits') }}
    where cutoff_no = 0 and method = 'smoothing'

),

effects as (

    select * from {{ ref('int_demand_effects') }}
    where cutoff_no = 0

),

features as (

    select * from {{ ref('int_demand_features') }}
    where kind = 'event'

),

week_events as (

    select * from {{ ref('int_demand_week_events') }}

),

series as (

    select * from {{ ref('int_demand_series') }}

),

methods as (

    select * from {{ ref('demand_forecast_methods') }}
    where is_used

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. with an indicator where the forecast uses one; else the richest feature set that the history allows
chosen_fits as (

    select fits.*
    from fits
    left join methods on fits.category = methods.category
    qualify row_number() over (
        partition by fits.category
        order by
            case
                when fits.feature_set = 'indicator' and methods.method = 'smoothing_with_indicator' then 0
                when fits.feature_set = 'season' then 1
                when fits.feature_set = 'events' then 2
                when fits.feature_set = 'none' then 3
                else 4
            end asc
    ) = 1

),

arrays as (

    select
        adjusted.category,
        adjusted.feature_set,
        {{ ordered_array_agg('adjusted.adjusted_units', 'adjusted.week_no') }} as seen_units,
        {{ stable_avg('case when adjusted.week_no < adjusted.first_week_no + 8 then adjusted.adjusted_units end') }} as start_level
    from adjusted
    group by adjusted.category, adjusted.feature_set

),

paths as (

    select
        chosen_fits.category,
        chosen_fits.feature_set,
        {{ smooth_damped_path('arrays.seen_units', 'arrays.start_level', 'chosen_fits.alpha', 'chosen_fits.beta', 'chosen_fits.phi') }} as path
    from chosen_fits
    inner join arrays
        on
            chosen_fits.category = arrays.category
            and chosen_fits.feature_set = arrays.feature_set

),

-- 2. of the factor, the part of events
event_effects as (

    select
        effects.category,
        effects.feature_set,
        features.week_no,
        {{ stable_sum('effects.effect * features.value') }} as effect
    from effects
    inner join features on effects.feature_no = features.feature_no
    group by effects.category, effects.feature_set, features.week_no

),

-- 3. what was expected; the first eight weeks only teach the level
expected as (

    select
        history.category,
        history.week_no,
        history.units,
        case
            when history.week_of_history > 8
                then greatest(0e0, {{ array_get('paths.path', 'history.week_of_history') }}) * adjusted.factor
        end as expected_units,
        adjusted.factor,
        exp(greatest(-3e0, least(3e0, coalesce(event_effects.effect, 0e0)))) as event_factor
    from history
    left join paths on history.category = paths.category
    left join adjusted
        on
            history.category = adjusted.category
            and history.week_no = adjusted.week_no
            and paths.feature_set = adjusted.feature_set
    left join event_effects
        on
            history.category = event_effects.category
            and history.week_no = event_effects.week_no
            -- an indicator comes on top of the season and events of its set
            and case paths.feature_set when 'indicator' then 'season' else paths.feature_set end = event_effects.feature_set

),

-- in units of the square root of what was expected: sales are counts, a week of many units differs by less of them. After many
-- weeks without a sale next to nothing is expected: that counts as a hundredth of a unit, and there is no share of it
residuals as (

    select
        *,
        case when expected_units >= 0.01e0 then {{ safe_divide('units', 'expected_units') }} - 1e0 end as residual_share,
        {{ safe_divide('units - expected_units', 'sqrt(greatest(expected_units, 0.01e0))') }} as scaled_residual
    from expected

),

centres as (

    select
        category,
        median(scaled_residual) as middle,
        {{ stable_avg('scaled_residual') }} as mean_residual,
        -- a difference of one per cent of usual units is never unusual
        0.01e0 * sqrt({{ stable_avg('expected_units') }}) as least_spread
    from residuals
    group by category

),

-- 4. spread by the median absolute deviation, which an unusual week does not move; where most weeks have no sale that is
-- nothing, and the standard deviation stands in
spreads as (

    select
        residuals.category,
        max(case when series.is_intermittent then centres.mean_residual else centres.middle end) as middle,
        greatest(max(centres.least_spread), case
            when max(case when series.is_intermittent then 1 else 0 end) = 1
                then sqrt({{ stable_avg('(residuals.scaled_residual - centres.mean_residual) * (residuals.scaled_residual - centres.mean_residual)') }})
            else 1.4826e0 * median(abs(residuals.scaled_residual - centres.middle))
        end) as spread
    from residuals
    inner join centres on residuals.category = centres.category
    inner join series on residuals.category = series.category
    group by residuals.category

),

final as (

    select
        -- key
        residuals.category,
        {{ week_monday('residuals.week_no') }} as week_start,

        -- attributes
        {{ is_period_over(week_monday('residuals.week_no'), 'reference_date.as_of', 'week') }} as is_complete,
        week_events.event_names,
        coalesce(
            abs(residuals.scaled_residual - spreads.middle) > 3.5e0 * spreads.spread, false
        ) as is_unusual,

        -- measures
        residuals.units,
        residuals.expected_units,
        residuals.residual_share,
        {{ safe_divide('residuals.scaled_residual - spreads.middle', 'spreads.spread') }} as residual_z,
        residuals.factor as calendar_factor,
        residuals.event_factor
    from residuals
    cross join reference_date
    left join spreads on residuals.category = spreads.category
    left join week_events on residuals.week_no = week_events.week_no

)

select * from final
