{#- One row per funnel and attempt of a person at it. -#}
{%- set steps = funnel_max_steps() -%}
{%- set inline = per_engine('not materialized', '') -%}
with

attempts as (

    select * from {{ ref('int_funnel_attempts') }}

),

entry_steps as (

    select * from {{ ref('int_funnel_entry_steps') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

touchpoints as (

    select * from {{ ref('touchpoints') }}

),

sessions as (

    select * from {{ ref('sessions') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. a window that is not over may still bring the next step: neither won nor lost
judged as (

    select
        attempts.*,
        not attempts.is_converted
        and {{ seconds_between('attempts.last_entered_at', 'reference_date.as_of_at') }} <= funnel_steps.window_seconds as is_open,
        funnel_steps.step as last_step
    from attempts
    inner join funnel_steps
        on
            attempts.funnel = funnel_steps.funnel
            and attempts.steps_reached = funnel_steps.required_rank
    cross join reference_date

),

-- 2. what the person did next, where the attempt was dropped
next_moments as (

    select
        judged.funnel_number,
        judged.person_number,
        judged.entry_number,
        min(touches.occurred_at) as next_at
    from judged
    inner join touches
        on
            judged.person_number = touches.person_number
            and judged.last_step_at < touches.occurred_at
    where not judged.is_converted and not judged.is_open
    group by judged.funnel_number, judged.person_number, judged.entry_number

),

followed as (

    select
        next_moments.funnel_number,
        next_moments.person_number,
        next_moments.entry_number,
        touches.touchpoint_type,
        touches.channel,
        touches.occurred_at,
        row_number() over (
            partition by next_moments.funnel_number, next_moments.person_number, next_moments.entry_number
            order by touches.touchpoint_id asc
        ) as tie_rank
    from next_moments
    inner join touches
        on
            next_moments.person_number = touches.person_number
            and next_moments.next_at = touches.occurred_at

),

next_touches as (

    select * from followed
    where tie_rank = 1

),

-- 3. the touchpoint that began it gives the breakdowns
beginnings as (

    select
        judged.funnel_number,
        judged.person_number,
        judged.entry_number,
        funnel_events.touchpoint_id,
        row_number() over (
            partition by judged.funnel_number, judged.person_number, judged.entry_number
            order by funnel_events.touchpoint_id asc
        ) as tie_rank
    from judged
    inner join funnel_steps on judged.funnel = funnel_steps.funnel
    inner join funnel_events
        on
            judged.funnel_number = funnel_events.funnel_number
            and judged.person_number = funnel_events.person_number
            and judged.entered_at = funnel_events.occurred_at
            and funnel_steps.step = funnel_events.step
    where funnel_steps.required_rank = 1 or funnel_steps.ordering = 'any'

),

first_touches as (

    select * from beginnings
    where tie_rank = 1

),

step_times as (

    select
        funnel,
        person_key,
        entry_number,
        {%- for step in range(1, steps + 1) %}
        max(case when step = {{ step }} then reached_at end) as step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from entry_steps
    group by funnel, person_key, entry_number

),

final as (

    select
        -- key
        judged.funnel,
        judged.person_key,
        judged.entry_number,

        -- attributes
        customers.customer_id,
        first_touches.touchpoint_id as first_touchpoint_id,
        touchpoints.channel,
        customers.home_region as region,
        segments.segment,
        coalesce(touchpoints.device_platform, sessions.device_platform) as device_platform,
        coalesce(touchpoints.campaign_id, sessions.entry_campaign_id) as campaign_id,
        sessions.entry_source,
        judged.is_converted as converted,
        judged.is_open as still_open,
        case when not judged.is_converted and not judged.is_open then judged.last_step end as dropped_at_step,
        next_touches.touchpoint_type as next_touchpoint_after_drop,
        next_touches.channel as next_channel_after_drop,

        -- measures
        judged.steps_reached,
        {{ seconds_between('judged.entered_at', 'judged.last_step_at') }} as seconds_to_last_step,

        -- times
        judged.entered_at,
        judged.last_entered_at,
        judged.last_step_at,
        next_touches.occurred_at as next_touchpoint_at,
        {%- for step in range(1, steps + 1) %}
        step_times.step_{{ step }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    from judged
    inner join step_times
        on
            judged.funnel = step_times.funnel
            and judged.person_key = step_times.person_key
            and judged.entry_number = step_times.entry_number
    left join first_touches
        on
            judged.funnel_number = first_touches.funnel_number
            and judged.person_number = first_touches.person_number
            and judged.entry_number = first_touches.entry_number
    left join touchpoints on first_touches.touchpoint_id = touchpoints.touchpoint_id
    left join sessions on touchpoints.session_id = sessions.session_id
    left join customers on judged.person_key = customers.customer_id
    left join segments on judged.person_key = segments.customer_id
    left join next_touches
        on
            judged.funnel_number = next_touches.funnel_number
            and judged.person_number = next_touches.person_number
            and judged.entry_number = next_touches.entry_number

)

select * from final
