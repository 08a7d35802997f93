{#-
  One row per person (by number), local day, channel, device platform, feature and kind of row: acts of
  their own will (adverts shown, messages sent and coupons issued do not count), or visits that began.
-#}
with

touchpoints as (

    select * from {{ ref('int_touches_numbered') }}
    where
        touchpoint_type not in (
            'campaign_impression', 'campaign_send', 'coupon_issued', 'order_cancelled', 'return',
            'registration', 'subscription'
        )

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where source_table = 'web_events'

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

final as (

    select
        person_number,
        occurred_on as active_on,
        channel,
        coalesce(device_platform, '(none)') as device_platform,
        feature,
        false as is_visit,
        max(case when touchpoint_type = 'login' then 1 else 0 end) as has_login,
        cast(null as double) as online_seconds
    from touchpoints
    group by person_number, occurred_on, channel, coalesce(device_platform, '(none)'), feature

    union all

    select
        people.person_number,
        sessions.started_on as active_on,
        sessions.channel,
        coalesce(sessions.device_platform, '(none)') as device_platform,
        cast(null as string) as feature,
        true as is_visit,
        0 as has_login,
        {{ stable_sum('sessions.dwell_seconds') }} as online_seconds
    from sessions
    inner join people on coalesce(sessions.customer_id, sessions.identity_key) = people.person_key
    group by
        people.person_number, sessions.started_on, sessions.channel, coalesce(sessions.device_platform, '(none)')

)

select * from final
