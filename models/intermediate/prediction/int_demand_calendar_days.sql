{#-
  One row per day, from the shop's first complete week to the last forecast week: its weekday (1 = Monday) and the event that
  may change it, if one holds everywhere. Of several events the day is that of the holiday, then of the promotion, then of the first name.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

series as (

    select * from {{ ref('int_demand_series') }}

),

events as (

    select * from {{ ref('int_demand_events') }}
    where event_type in ('holiday', 'promotion', 'competitor')

),

bounds as (

    select
        max(shop_first_week_no) as first_week_no,
        max(last_week_no) as last_week_no
    from series

),

days as (

    select
        week_list.week_no,
        weekdays.weekday,
        {{ add_days(week_monday('week_list.week_no'), 'weekdays.weekday - 1') }} as day_date
    from bounds
    {{ explode_array(number_array('bounds.first_week_no', 'bounds.last_week_no + ' ~ ahead), 'week_list', 'week_no') }}
    cross join {{ number_series(1, 7, 'weekday') }} as weekdays

),

day_events as (

    select
        event_date,
        event_type,
        event_name
    from events
    qualify row_number() over (
        partition by event_date
        order by
            case event_type when 'holiday' then 1 when 'promotion' then 2 else 3 end asc,
            event_name asc
    ) = 1

),

final as (

    select
        -- key
        days.day_date,

        -- attributes
        days.week_no,
        cast(days.weekday as int) as weekday,
        day_events.event_type,
        day_events.event_name
    from days
    left join day_events on days.day_date = day_events.event_date

)

select * from final
