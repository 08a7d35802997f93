{#-
  One row per category, cutoff and week, to the last forecast week, where an outside indicator goes with what season and
  events leave of demand: its effect on the logarithm of units. Of the indicators of the category or of all, it is the one with
  the strongest correlation in the known weeks, at least 0.3 over at least a year. A week reads the newest period that began at
  least 35 days before the earliest forecast of it, so that the value is known by then.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

calendar_effects as (

    select * from {{ ref('int_demand_calendar_effects') }}
    where feature_set = 'season'

),

history as (

    select * from {{ ref('int_demand_history') }}

),

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

indicators as (

    select
        indicator,
        period_start,
        region,
        category,
        value
    from {{ ref('external_context') }}
    where value is not null

),

-- 1. what level, trend, season and events together leave of a known week
adjusted as (

    select
        calendar_effects.category,
        calendar_effects.cutoff_no,
        calendar_effects.week_no,
        case
            when calendar_effects.week_no <= cutoffs.cutoff_week_no
                then ln(greatest(history.units, 0.5e0)) - calendar_effects.effect - calendar_effects.base_effect
        end as residual
    from calendar_effects
    inner join cutoffs
        on
            calendar_effects.category = cutoffs.category
            and calendar_effects.cutoff_no = cutoffs.cutoff_no
    left join history
        on
            calendar_effects.category = history.category
            and calendar_effects.week_no = history.week_no

),

-- 2. what each indicator says of a week
weeks as (

    select
        week_no,
        {{ add_days(week_monday('week_no'), -7 * ahead - 35) }} as known_on
    from adjusted
    group by week_no

),

indicator_names as (

    select
        indicator,
        region
    from indicators
    group by indicator, region

),

indicator_weeks as (

    select
        indicator_names.indicator,
        indicator_names.region,
        weeks.week_no,
        weeks.known_on
    from indicator_names
    cross join weeks

),

read_weeks as (

    {{ as_of_left_join(
        left='indicator_weeks', right='indicators', on=['indicator', 'region'],
        left_time='known_on', right_time='period_start', columns=['category', 'value']
    ) }}

),

paired as (

    select
        adjusted.category,
        adjusted.cutoff_no,
        adjusted.week_no,
        adjusted.residual,
        read_weeks.indicator,
        read_weeks.region,
        read_weeks.value
    from adjusted
    inner join read_weeks
        on
            adjusted.week_no = read_weeks.week_no
            and adjusted.category = coalesce(read_weeks.category, adjusted.category)
    where read_weeks.value is not null

),

-- 3. moments over the known weeks
moments as (

    select
        category,
        cutoff_no,
        indicator,
        region,
        count(residual) as known_weeks,
        {{ stable_avg('case when residual is not null then value end') }} as mean_value,
        {{ stable_avg('residual') }} as mean_residual
    from paired
    group by category, cutoff_no, indicator, region

),

products as (

    select
        paired.category,
        paired.cutoff_no,
        paired.indicator,
        paired.region,
        max(moments.known_weeks) as known_weeks,
        max(moments.mean_value) as mean_value,
        {{ stable_sum('(paired.value - moments.mean_value) * (paired.residual - moments.mean_residual)') }} as value_residual,
        {{ stable_sum('(paired.value - moments.mean_value) * (paired.value - moments.mean_value)') }} as value_square,
        {{ stable_sum('(paired.residual - moments.mean_residual) * (paired.residual - moments.mean_residual)') }} as residual_square
    from paired
    inner join moments
        on
            paired.category = moments.category
            and paired.cutoff_no = moments.cutoff_no
            and paired.indicator = moments.indicator
            and paired.region = moments.region
    where paired.residual is not null
    group by paired.category, paired.cutoff_no, paired.indicator, paired.region

),

strengths as (

    select
        *,
        abs({{ safe_divide('value_residual', 'sqrt(value_square * residual_square)') }}) as correlation
    from products
    where known_weeks >= 52 and value_square > 1e-12 and residual_square > 1e-12

),

ranked as (

    select
        *,
        row_number() over (
            partition by category, cutoff_no
            order by {{ round_significant('correlation') }} desc, indicator asc, region asc
        ) as strength_rank
    from strengths
    where correlation >= 0.3e0

),

final as (

    select
        -- key
        paired.category,
        paired.cutoff_no,
        paired.week_no,

        -- attributes
        paired.indicator,
        paired.region,

        -- measures
        ranked.correlation,
        greatest(-1e0, least(1e0, (paired.value - ranked.mean_value) * ranked.value_residual / ranked.value_square)) as effect
    from paired
    inner join ranked
        on
            paired.category = ranked.category
            and paired.cutoff_no = ranked.cutoff_no
            and paired.indicator = ranked.indicator
            and paired.region = ranked.region
    where ranked.strength_rank = 1

)

select * from final
