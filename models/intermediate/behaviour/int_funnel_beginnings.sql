{#-
  One row per attempt at a funnel: the touchpoint that began it, and what its touchpoint and its visit
  tell for the breakdowns. An attempt may begin with several at one moment: the lowest id stands.
-#}
with

attempts as (

    select * from {{ ref('int_funnel_attempts') }}

),

funnel_steps as (

    select * from {{ ref('int_funnel_steps') }}

),

funnel_events as (

    select * from {{ ref('int_funnel_events') }}

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

candidates as (

    select
        attempts.funnel_number,
        attempts.person_number,
        attempts.entry_number,
        funnel_events.touchpoint_id,
        row_number() over (
            partition by attempts.funnel_number, attempts.person_number, attempts.entry_number
            order by funnel_events.touchpoint_id asc
        ) as tie_rank
    from attempts
    inner join funnel_steps on attempts.funnel_number = funnel_steps.funnel_number
    inner join funnel_events
        on
            attempts.funnel_number = funnel_events.funnel_number
            and attempts.person_number = funnel_events.person_number
            and attempts.entered_at = funnel_events.occurred_at
            and funnel_steps.step = funnel_events.step
    where funnel_steps.required_rank = 1 or funnel_steps.ordering = 'any'

),

first_touches as (

    select * from candidates
    where tie_rank = 1

),

final as (

    select
        first_touches.funnel_number,
        first_touches.person_number,
        first_touches.entry_number,
        first_touches.touchpoint_id,
        touchpoints.channel,
        coalesce(touchpoints.device_platform, sessions.device_platform) as device_platform,
        coalesce(touchpoints.campaign_id, sessions.entry_campaign_id) as campaign_id,
        sessions.entry_source
    from first_touches
    inner join touchpoints on first_touches.touchpoint_id = touchpoints.touchpoint_id
    left join sessions on touchpoints.session_id = sessions.session_id

)

select * from final
