{#-
  One row per week and feature that is not zero, from the shop's first week to the last forecast week: what the calendar
  says of a week. Features are a level, a slow trend, the season (three waves a year) and the share of a week's days that
  are holidays, promotions, competitor events, or a certain event (the sixteen with most days so far).
-#}
{%- set ahead = var('forecast_weeks') | int -%}
{%- set waves = 3 -%}
with

series as (

    select * from {{ ref('int_demand_series') }}

),

events as (

    select * from {{ ref('int_demand_events') }}

),

bounds as (

    select
        max(shop_first_week_no) as first_week_no,
        max(last_week_no) as last_week_no
    from series

),

weeks as (

    select
        week_list.week_no,
        bounds.last_week_no,
        {{ week_monday('week_list.week_no') }} as monday
    from bounds
    {{ explode_array(number_array('bounds.first_week_no', 'bounds.last_week_no + ' ~ ahead), 'week_list', 'week_no') }}

),

-- 1. events of a week
event_days as (

    select
        weeks.week_no,
        weeks.last_week_no,
        events.event_type,
        events.event_name,
        count(distinct events.event_date) / 7e0 as week_share
    from weeks
    inner join events on weeks.week_no = events.week_no
    group by weeks.week_no, weeks.last_week_no, events.event_type, events.event_name

),

named_ranks as (

    select
        event_name,
        row_number() over (
            order by round(sum(week_share) * 7e0) desc, event_name asc
        ) as name_rank
    from event_days
    where week_no <= last_week_no
    group by event_name

),

-- 2. all features: number, kind, value
base_features as (

    select
        week_no,
        1 as feature_no,
        'base' as kind,
        cast(null as string) as event_name,
        1e0 as value
    from weeks
    union all
    select
        week_no,
        2 as feature_no,
        'base' as kind,
        cast(null as string) as event_name,
        (week_no - last_week_no) / 52e0 as value
    from weeks

),

{% set angle = '6.283185307179586e0 * waves.wave * (dayofyear(weeks.monday) + 2e0) / 365.25e0' -%}
season_features as (

    select
        weeks.week_no,
        1 + 2 * waves.wave as feature_no,
        'season' as kind,
        cast(null as string) as event_name,
        sin({{ angle }}) as value
    from weeks
    cross join {{ number_series(1, waves, 'wave') }} as waves
    union all
    select
        weeks.week_no,
        2 + 2 * waves.wave as feature_no,
        'season' as kind,
        cast(null as string) as event_name,
        cos({{ angle }}) as value
    from weeks
    cross join {{ number_series(1, waves, 'wave') }} as waves

),

type_features as (

    select
        week_no,
        case event_type when 'promotion' then 9 when 'holiday' then 10 else 11 end as feature_no,
        'event' as kind,
        event_type as event_name,
        least(1e0, sum(week_share)) as value
    from event_days
    where event_type in ('promotion', 'holiday', 'competitor')
    group by week_no, event_type

),

named_features as (

    select
        event_days.week_no,
        11 + named_ranks.name_rank as feature_no,
        'event' as kind,
        event_days.event_name,
        least(1e0, sum(event_days.week_share)) as value
    from event_days
    inner join named_ranks on event_days.event_name = named_ranks.event_name
    where named_ranks.name_rank <= 16
    group by event_days.week_no, named_ranks.name_rank, event_days.event_name

),

final as (

    select * from base_features
    union all
    select * from season_features
    union all
    select * from type_features
    union all
    select * from named_features

)

select
    -- key
    cast(week_no as bigint) as week_no,
    cast(feature_no as int) as feature_no,

    -- attributes
    kind,
    event_name,

    -- measures
    cast(value as double) as value
from final
