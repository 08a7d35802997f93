{#-
  One row per path and run of one step in it: what happened in which order. Kinds
    session      the events of a person in a web or app session
    omnichannel  the channels of a person's touchpoints, until an order or a pause of the
                 attribution look-back
    store_zone   the zones of a person in a store visit
  Where two people share a session or visit, each has a path of their own in it.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

-- 1. omnichannel: a path ends with an order
omnichannel_touches as (

    select
        touchpoint_id,
        person_number,
        occurred_at,
        touchpoint_type,
        case
            when touchpoint_type = 'order' and channel = 'store' then 'store_order'
            when touchpoint_type = 'order' then 'online_order'
            when source_table in ('service_tickets') then 'service'
            when source_table in ('reviews', 'survey_responses', 'referrals') then 'feedback'
            else channel
        end as node
    from touches
    where
        is_primary
        and source_table not in ('returns', 'accounts', 'subscriptions', 'store_zone_visits')
        and touchpoint_type != 'order_cancelled'

),

with_previous as (

    select
        person_number,
        occurred_at,
        touchpoint_id,
        node,
        lag(node) over (partition by person_number order by occurred_at asc, touchpoint_id asc) as previous_node,
        lag(occurred_at) over (partition by person_number order by occurred_at asc, touchpoint_id asc) as previous_at,
        lag(touchpoint_type) over (partition by person_number order by occurred_at asc, touchpoint_id asc) as previous_type
    from omnichannel_touches

),

with_start as (

    select
        person_number,
        occurred_at,
        touchpoint_id,
        node,
        previous_node,
        previous_at is null
        or previous_type = 'order'
        or {{ seconds_between('previous_at', 'occurred_at') }} > {{ (var('attribution_lookback_days') | int) * 86400 }} as is_start
    from with_previous

),

-- first the runs, then the numbers of the paths: few touches are the first of a run
omnichannel_numbered as (

    select
        person_number,
        occurred_at,
        touchpoint_id,
        node,
        sum(case when is_start then 1 else 0 end) over (
            partition by person_number
            order by occurred_at asc, touchpoint_id asc
            rows between unbounded preceding and current row
        ) as path_number
    from with_start
    where is_start or previous_node is null or previous_node != node

),

-- 2. the other kinds divide into sessions and visits already
recorded as (

    select
        'session' as path_kind,
        {{ path_of_person('session_id', 'person_number') }} as path_id,
        person_number,
        occurred_at,
        touchpoint_id,
        touchpoint_type as node
    from touches
    where source_table = 'web_events'

    union all

    select
        'store_zone' as path_kind,
        {{ path_of_person('session_id', 'person_number') }} as path_id,
        person_number,
        occurred_at,
        touchpoint_id,
        split_part(touchpoint_id, '|', 2) as node
    from touches
    where source_table = 'store_zone_visits'

),

recorded_with_previous as (

    select
        *,
        lag(node) over (partition by path_kind, path_id order by occurred_at asc, touchpoint_id asc) as previous_node
    from recorded

),

final as (

    select
        path_kind,
        path_id,
        person_number,
        occurred_at,
        touchpoint_id,
        node
    from recorded_with_previous
    where previous_node is null or previous_node != node

    union all

    select
        'omnichannel' as path_kind,
        concat(cast(person_number as string), '|', cast(path_number as string)) as path_id,
        person_number,
        occurred_at,
        touchpoint_id,
        node
    from omnichannel_numbered

)

select * from final
