{#-
  One row per touch that may share in an order: what seed attribution_touch_rules counts, with its
  marketing channel. A visit to site or app is one touch, at its entry; a click that the visit's
  own origin tells again is left out.
-#}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

rules as (

    select * from {{ ref('attribution_touch_rules') }}

),

marked as (

    select
        touchpoint_id,
        coalesce(customer_id, identity_key) as person_key,
        occurred_at,
        channel,
        campaign_id,
        touchpoint_type as touch_kind
    from touchpoints
    where
        is_primary
        and coalesce(customer_id, identity_key) is not null
        and touchpoint_type in (
            'campaign_click', 'campaign_open', 'coupon_issued', 'campaign_participation',
            'clienteling_message', 'campaign_impression', 'campaign_send'
        )

    union all

    select
        session_id as touchpoint_id,
        coalesce(customer_id, identity_key) as person_key,
        started_at as occurred_at,
        entry_source as channel,
        entry_campaign_id as campaign_id,
        case when entry_source = 'direct' then 'direct_entry' else 'session_entry' end as touch_kind
    from sessions
    where
        source_table = 'web_events'
        and not is_bot
        and coalesce(customer_id, identity_key) is not null

),

final as (

    select
        marked.touchpoint_id,
        marked.person_key,
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
