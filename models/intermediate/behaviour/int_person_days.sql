{#-
  One row per person, local day and slice (dimension and value): a day on which the person did
  something, of their own will: adverts shown, messages sent and coupons issued do not count.
-#}
with

touchpoints as (

    select
        *,
        coalesce(customer_id, identity_key) as person_key
    from {{ ref('int_touchpoints') }}
    where
        coalesce(customer_id, identity_key) is not null
        and touchpoint_type not in (
            'campaign_impression', 'campaign_send', 'coupon_issued', 'order_cancelled', 'return',
            'registration', 'subscription'
        )

),

sessions as (

    select
        *,
        coalesce(customer_id, identity_key) as person_key
    from {{ ref('int_sessions') }}
    where source_table = 'web_events' and coalesce(customer_id, identity_key) is not null

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

-- 1. what a person did on a day, by channel, device and feature
acts as (

    select
        person_key,
        occurred_on as active_on,
        channel,
        coalesce(device_platform, '(none)') as device_platform,
        feature,
        max(case when touchpoint_type = 'login' then 1 else 0 end) as has_login,
        max(case when feature is not null then 1 else 0 end) as has_feature,
        0e0 as online_minutes
    from touchpoints
    group by person_key, occurred_on, channel, coalesce(device_platform, '(none)'), feature

    union all

    select
        person_key,
        started_on as active_on,
        channel,
        coalesce(device_platform, '(none)') as device_platform,
        cast(null as string) as feature,
        0 as has_login,
        0 as has_feature,
        {{ stable_sum('dwell_seconds') }} / 60e0 as online_minutes
    from sessions
    group by person_key, started_on, channel, coalesce(device_platform, '(none)')

),

-- 2. one row per slice
sliced as (

    select
        person_key,
        active_on,
        '(all)' as dimension,
        '(all)' as dimension_value,
        has_login,
        has_feature,
        online_minutes
    from acts

    union all

    select
        person_key,
        active_on,
        'channel' as dimension,
        channel as dimension_value,
        has_login,
        has_feature,
        online_minutes
    from acts

    union all

    select
        person_key,
        active_on,
        'device' as dimension,
        device_platform as dimension_value,
        has_login,
        has_feature,
        online_minutes
    from acts

    union all

    select
        person_key,
        active_on,
        'feature' as dimension,
        feature as dimension_value,
        has_login,
        has_feature,
        online_minutes
    from acts
    where feature is not null

    union all

    select
        acts.person_key,
        acts.active_on,
        'region' as dimension,
        coalesce(customers.home_region, '(none)') as dimension_value,
        acts.has_login,
        acts.has_feature,
        acts.online_minutes
    from acts
    left join customers on acts.person_key = customers.customer_id

    union all

    select
        acts.person_key,
        acts.active_on,
        'segment' as dimension,
        coalesce(segments.segment, '(none)') as dimension_value,
        acts.has_login,
        acts.has_feature,
        acts.online_minutes
    from acts
    left join segments on acts.person_key = segments.customer_id

),

final as (

    select
        dimension,
        dimension_value,
        person_key,
        active_on,
        max(has_login) as has_login,
        max(has_feature) as has_feature,
        {{ stable_sum('online_minutes') }} as online_minutes
    from sliced
    group by dimension, dimension_value, person_key, active_on

)

select * from final
