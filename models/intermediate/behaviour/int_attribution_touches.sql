{#-
  One row per touch that may share in an order: what seed attribution_touch_rules counts, with its
  marketing channel. A visit to site or app is one touch, at its entry; a click that the visit's
  own origin tells again is left out.
-#}
with

touches as (

    select * from {{ ref('int_touches_numbered') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

rules as (

    select * from {{ ref('attribution_touch_rules') }}

),

marked as (

    select
        touchpoint_id,
        person_number,
        occurred_at,
        channel,
        campaign_id,
        touchpoint_type as touch_kind
    from touches
    where
        is_primary
        and touchpoint_type in (
            'campaign_click', 'campaign_open', 'coupon_issued', 'campaign_participation',
            'clienteling_message', 'campaign_impression', 'campaign_send'
        )

    union all

    select
        sessions.session_id as touchpoint_id,
        people.person_number,
        sessions.started_at as occurred_at,
        sessions.entry_source as channel,
        sessions.entry_campaign_id as campaign_id,
        case when sessions.entry_source = 'direct' then 'direct_entry' else 'session_entry' end as touch_kind
    from sessions
    inner join people on coalesce(sessions.customer_id, sessions.identity_key) = people.person_key
    where sessions.source_table = 'web_events' and not sessions.is_bot

),

final as (

    select
        marked.touchpoint_id,
        marked.person_number,
        marked.occurred_at,
        marked.channel,
        marked.campaign_id,
        marked.touch_kind,
        marked.channel = 'direct' as is_direct,
        rules.yields_to_engagement,
        coalesce(cast(rules.lookback_days as int), {{ var('attribution_lookback_days') | int }}) as lookback_days
    from marked
    inner join rules on marked.touch_kind = rules.touch_kind
    where rules.is_counted

)

select * from final
