{#-
  One row per period, contact channel and topic: tickets opened in the period, how fast they were
  answered and resolved, what stood open at its end, and whether complainers came back.
-#}
with

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

outcomes as (

    select * from {{ ref('int_complaint_outcomes') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. each ticket in the week and the month of its opening
opened as (

    {%- for period_type in ['week', 'month'] %}

    select
        '{{ period_type }}' as period_type,
        {{ date_trunc_to(period_type, 'tickets.opened_on') }} as period_start,
        tickets.*,
        outcomes.has_repurchased_90d,
        outcomes.would_have_repurchased_share
    from tickets
    left join outcomes on tickets.ticket_id = outcomes.ticket_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

measured as (

    select
        period_type,
        period_start,
        channel,
        topic,
        count(*) as tickets,
        count(distinct customer_id) as customers,
        count(case when is_complaint then 1 end) as complaints,
        count(first_response_seconds) as answered,
        percentile_cont(0.5) within group (order by first_response_seconds) as first_response_p50_seconds,
        percentile_cont(0.9) within group (order by first_response_seconds) as first_response_p90_seconds,
        count(resolution_seconds) as resolved,
        percentile_cont(0.5) within group (order by resolution_seconds) as resolution_p50_seconds,
        percentile_cont(0.9) within group (order by resolution_seconds) as resolution_p90_seconds,
        count(case when reopened_count > 0 then 1 end) as reopened,
        cast(sum(reopened_count) as bigint) as reopenings,
        count(case when is_open then 1 end) as still_open,
        count(has_repurchased_90d) as matured_complaints,
        count(case when has_repurchased_90d then 1 end) as repurchased_90d,
        round(
            sum(case when has_repurchased_90d is not null then would_have_repurchased_share end), 9
        ) as expected_repurchases
    from opened
    group by period_type, period_start, channel, topic

),

-- 2. backlog: opened up to the end of the period less closed up to then. A ticket that was closed
--    at an unknown time counts as closed when it was opened.
flows as (

    {%- for period_type in ['week', 'month'] %}

    select
        '{{ period_type }}' as period_type,
        {{ date_trunc_to(period_type, 'opened_on') }} as period_start,
        channel,
        topic,
        1 as flow
    from tickets

    union all

    select
        '{{ period_type }}' as period_type,
        {{ date_trunc_to(period_type, 'coalesce(resolved_on, opened_on)') }} as period_start,
        channel,
        topic,
        -1 as flow
    from tickets
    where not is_open
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

period_flows as (

    select
        period_type,
        period_start,
        channel,
        topic,
        sum(flow) as flow
    from flows
    group by period_type, period_start, channel, topic

),

backlogs as (

    select
        period_type,
        period_start,
        channel,
        topic,
        cast(sum(flow) over (
            partition by period_type, channel, topic order by period_start
            rows between unbounded preceding and current row
        ) as bigint) as backlog
    from period_flows

),

-- 3. what stood open at as_of, whenever it was opened
open_now as (

    select
        channel,
        topic,
        count(*) as backlog_at_as_of
    from tickets
    where is_open
    group by channel, topic

),

final as (

    select
        -- key
        backlogs.period_type,
        backlogs.period_start,
        backlogs.channel,
        backlogs.topic,

        -- attributes
        {{ is_period_over('backlogs.period_start', 'reference_date.as_of', 'backlogs.period_type') }} as is_complete,

        -- volume
        coalesce(measured.tickets, 0) as tickets,
        coalesce(measured.customers, 0) as customers,
        coalesce(measured.complaints, 0) as complaints,
        {{ safe_divide('measured.complaints', 'measured.tickets') }} as complaint_share,
        case when measured.tickets is not null then {{ wilson_low('measured.complaints', 'measured.tickets') }} end as complaint_share_low,
        case when measured.tickets is not null then {{ wilson_high('measured.complaints', 'measured.tickets') }} end as complaint_share_high,
        coalesce(measured.reopened, 0) as reopened,
        coalesce(measured.reopenings, 0) as reopenings,
        {{ safe_divide('measured.reopened', 'measured.tickets') }} as reopened_share,
        case when measured.tickets is not null then {{ wilson_low('measured.reopened', 'measured.tickets') }} end as reopened_share_low,
        case when measured.tickets is not null then {{ wilson_high('measured.reopened', 'measured.tickets') }} end as reopened_share_high,

        -- speed
        coalesce(measured.answered, 0) as answered,
        measured.first_response_p50_seconds,
        measured.first_response_p90_seconds,
        coalesce(measured.resolved, 0) as resolved,
        measured.resolution_p50_seconds,
        measured.resolution_p90_seconds,

        -- backlog
        backlogs.backlog,
        coalesce(measured.still_open, 0) as still_open,
        coalesce(open_now.backlog_at_as_of, 0) as backlog_at_as_of,

        -- after a complaint
        coalesce(measured.matured_complaints, 0) as matured_complaints,
        {{ safe_divide('measured.matured_complaints', 'measured.complaints') }} as repurchase_observed_share,
        {{ safe_divide('measured.repurchased_90d', 'measured.matured_complaints') }} as repurchase_rate_90d,
        case when measured.matured_complaints is not null then {{ wilson_low('measured.repurchased_90d', 'measured.matured_complaints') }} end as repurchase_rate_90d_low,
        case when measured.matured_complaints is not null then {{ wilson_high('measured.repurchased_90d', 'measured.matured_complaints') }} end as repurchase_rate_90d_high,
        {{ safe_divide('measured.expected_repurchases', 'measured.matured_complaints') }} as expected_repurchase_rate_90d,
        {{ safe_divide('measured.repurchased_90d - measured.expected_repurchases', 'measured.matured_complaints') }} as repurchase_effect_90d,
        coalesce(measured.tickets, 0) < {{ var('small_sample_under') | int }} as is_small_sample
    from backlogs
    cross join reference_date
    left join measured
        on
            backlogs.period_type = measured.period_type
            and backlogs.period_start = measured.period_start
            and backlogs.channel = measured.channel
            and backlogs.topic = measured.topic
    left join open_now
        on
            backlogs.channel = open_now.channel
            and backlogs.topic = open_now.topic

)

select * from final
