{#- Guards the daily roll-up: it counts every online event that names an account, day by day, whichever days a build replaced. -#}
{{ config(group='profile') }}
with

events as (

    select
        {{ local_date('occurred_at') }} as activity_on,
        count(*) as event_count
    from {{ ref('stg_behaviour__web_events') }}
    where account_id is not null and event_type is not null
    group by {{ local_date('occurred_at') }}

),

rolled_up as (

    select
        activity_on,
        sum(event_count) as event_count
    from {{ ref('int_interest_days') }}
    where dimension = 'event'
    group by activity_on

)

select
    coalesce(events.activity_on, rolled_up.activity_on) as activity_on,
    events.event_count,
    rolled_up.event_count as rolled_up_count
from events
full outer join rolled_up on events.activity_on = rolled_up.activity_on
where coalesce(events.event_count, 0) != coalesce(rolled_up.event_count, 0)
