{#-
  One row per path, and place in it: what happened in which order, runs of one step collapsed, the
  rarer steps of a kind folded into (other). Kinds
    session      the events of a web or app session
    omnichannel  the channels of a person's touchpoints, until an order or a pause of the
                 attribution look-back
    store_zone   the zones of a store visit
-#}
{%- set top_nodes = var('path_top_nodes') | int -%}
with

touchpoints as (

    select * from {{ ref('touchpoints') }}
    where coalesce(customer_id, identity_key) is not null

),

sessions as (

    select * from {{ ref('sessions') }}

),

-- 1. omnichannel: a path ends with an order
omnichannel_touches as (

    select
        touchpoint_id,
        coalesce(customer_id, identity_key) as person_key,
        occurred_at,
        touchpoint_type,
        case
            when touchpoint_type = 'order' and channel = 'store' then 'store_order'
            when touchpoint_type = 'order' then 'online_order'
            when source_table in ('service_tickets') then 'service'
            when source_table in ('reviews', 'survey_responses', 'referrals') then 'feedback'
            else channel
        end as node
    from touchpoints
    where
        is_primary
        and source_table not in ('returns', 'accounts', 'subscriptions', 'store_zone_visits')
        and touchpoint_type != 'order_cancelled'

),

with_previous as (

    select
        *,
        lag(occurred_at) over (partition by person_key order by occurred_at asc, touchpoint_id asc) as previous_at,
        lag(touchpoint_type) over (partition by person_key order by occurred_at asc, touchpoint_id asc) as previous_type
    from omnichannel_touches

),

omnichannel_numbered as (

    select
        *,
        sum(case
            when
                previous_at is null
                or previous_type = 'order'
                or {{ seconds_between('previous_at', 'occurred_at') }} > {{ (var('attribution_lookback_days') | int) * 86400 }}
                then 1
            else 0
        end) over (
            partition by person_key
            order by occurred_at asc, touchpoint_id asc
            rows between unbounded preceding and current row
        ) as path_number
    from with_previous

),

-- 2. the kinds in one shape
events as (

    select
        'session' as path_kind,
        session_id as path_id,
        coalesce(customer_id, identity_key) as person_key,
        occurred_at,
        touchpoint_id,
        touchpoint_type as node
    from touchpoints
    where source_table = 'web_events'

    union all

    select
        'store_zone' as path_kind,
        session_id as path_id,
        coalesce(customer_id, identity_key) as person_key,
        occurred_at,
        touchpoint_id,
        split_part(touchpoint_id, '|', 2) as node
    from touchpoints
    where source_table = 'store_zone_visits'

    union all

    select
        'omnichannel' as path_kind,
        concat(person_key, '|', cast(path_number as string)) as path_id,
        person_key,
        occurred_at,
        touchpoint_id,
        node
    from omnichannel_numbered

),

with_previous_node as (

    select
        *,
        lag(node) over (partition by path_kind, path_id order by occurred_at asc, touchpoint_id asc) as previous_node
    from events

),

collapsed as (

    select * from with_previous_node
    where previous_node is null or previous_node != node

),

node_ranks as (

    select
        path_kind,
        node,
        row_number() over (
            partition by path_kind
            order by count(*) desc, node asc
        ) as node_rank
    from collapsed
    group by path_kind, node

),

won_paths as (

    select
        'session' as path_kind,
        session_id as path_id
    from sessions
    where has_purchase and source_table = 'web_events'

    union all

    select
        'store_zone' as path_kind,
        session_id as path_id
    from sessions
    where has_purchase and source_table = 'store_visits'

    union all

    select
        'omnichannel' as path_kind,
        path_id
    from events
    where path_kind = 'omnichannel' and node in ('store_order', 'online_order')
    group by path_id

),

final as (

    select
        collapsed.path_kind,
        collapsed.path_id,
        max(collapsed.person_key) over (partition by collapsed.path_kind, collapsed.path_id) as person_key,
        case when node_ranks.node_rank <= {{ top_nodes }} then collapsed.node else '(other)' end as node,
        won_paths.path_id is not null as is_won,
        row_number() over (
            partition by collapsed.path_kind, collapsed.path_id
            order by collapsed.occurred_at asc, collapsed.touchpoint_id asc
        ) as place,
        count(*) over (partition by collapsed.path_kind, collapsed.path_id) as path_length
    from collapsed
    inner join node_ranks
        on
            collapsed.path_kind = node_ranks.path_kind
            and collapsed.node = node_ranks.node
    left join won_paths
        on
            collapsed.path_kind = won_paths.path_kind
            and collapsed.path_id = won_paths.path_id

)

select * from final
