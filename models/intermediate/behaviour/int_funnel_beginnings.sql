{#-
  One row per attempt at a funnel: the touchpoint that began it, and what its touchpoint and its visit tell for the
  breakdowns. An attempt may begin with several at one moment: the lowest id stands. A view: one model reads it.
-#}
{{ config(materialized='view') }}
{%- set inline = per_engine('not materialized', '') -%}
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

placed as {{ inline }} (

    select * from {{ ref('int_touches_placed') }}

),

touches as (

    select * from {{ ref('int_touches_numbered') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

first_places as (

    select
        attempts.funnel_number,
        attempts.person_number,
        attempts.entry_number,
        min(funnel_events.place) as place
    from attempts
    inner join funnel_events
        on
            attempts.funnel_number = funnel_events.funnel_number
            and attempts.person_number = funnel_events.person_number
            and attempts.entered_at = funnel_events.occurred_at
    inner join funnel_steps
        on
            funnel_events.funnel_number = funnel_steps.funnel_number
            and funnel_events.step = funnel_steps.step
    where funnel_steps.required_rank = 1 or funnel_steps.ordering = 'any'
    group by attempts.funnel_number, attempts.person_number, attempts.entry_number

),

-- several attempts may begin with one touchpoint
first_moments as (

    select
        placed.person_number,
        placed.place,
        placed.tie,
        placed.occurred_at
    from placed
    semi join first_places
        on
            placed.person_number = first_places.person_number
            and placed.place = first_places.place

),

described_touches as (

    select
        touches.person_number,
        touches.occurred_at,
        touches.touchpoint_id,
        touches.channel,
        touches.session_id,
        touches.device_platform,
        touches.campaign_id,
        row_number() over (
            partition by touches.person_number, touches.occurred_at
            order by touches.touchpoint_id asc
        ) as tie
    from touches
    semi join first_moments
        on
            touches.person_number = first_moments.person_number
            and touches.occurred_at = first_moments.occurred_at

),

described as (

    select
        first_moments.person_number,
        first_moments.place,
        described_touches.touchpoint_id,
        described_touches.channel,
        coalesce(described_touches.device_platform, sessions.device_platform) as device_platform,
        coalesce(described_touches.campaign_id, sessions.entry_campaign_id) as campaign_id,
        sessions.entry_source
    from first_moments
    inner join described_touches
        on
            first_moments.person_number = described_touches.person_number
            and first_moments.occurred_at = described_touches.occurred_at
            and first_moments.tie = described_touches.tie
    left join sessions on described_touches.session_id = sessions.session_id

),

final as (

    select
        first_places.funnel_number,
        first_places.person_number,
        first_places.entry_number,
        described.touchpoint_id,
        described.channel,
        described.device_platform,
        described.campaign_id,
        described.entry_source
    from first_places
    inner join described
        on
            first_places.person_number = described.person_number
            and first_places.place = described.place

)

select * from final
