{#- One row per week of the calendar with events that hold everywhere: their names, in the order in which they begin. -#}
with

calendar as (

    select * from {{ ref('calendar') }}
    where region = '(all)' and event_names is not null

),

-- 1. an event that lasts for days is named once a week
event_weeks as (

    select
        {{ week_number('date') }} as week_no,
        event_names,
        min(date) as first_date
    from calendar
    group by {{ week_number('date') }}, event_names

),

final as (

    select
        week_no,
        {{ ordered_string_agg('event_names', ', ', 'first_date') }} as event_names
    from event_weeks
    group by week_no

)

select * from final
