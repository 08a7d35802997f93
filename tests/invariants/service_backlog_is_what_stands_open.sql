{{ config(group='satisfaction') }}
{#- Guards the backlog, which is a running sum of openings and closings: its last value is the number of tickets open at as_of, and no ticket is lost between staging and the mart. -#}
with

service as (

    select * from {{ ref('service_performance') }}

),

latest as (

    select
        period_type,
        channel,
        topic,
        max_by(backlog, period_start) as last_backlog,
        max(backlog_at_as_of) as backlog_at_as_of,
        min(backlog) as lowest_backlog
    from service
    group by period_type, channel, topic

),

totals as (

    select
        service.period_type,
        sum(service.tickets) as tickets
    from service
    group by service.period_type

),

staged as (

    select count(*) as tickets
    from {{ ref('stg_feedback__service_tickets') }}

)

select
    concat(latest.period_type, '|', latest.channel, '|', latest.topic) as what,
    latest.last_backlog as found,
    latest.backlog_at_as_of as expected
from latest
where latest.last_backlog != latest.backlog_at_as_of or latest.lowest_backlog < 0

union all

select
    concat('tickets by ', totals.period_type) as what,
    totals.tickets as found,
    staged.tickets as expected
from totals
cross join staged
where totals.tickets != staged.tickets
