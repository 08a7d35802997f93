{#-
  One row per path and place in it, the rarer steps of a kind folded into (other).
-#}
{%- set top_nodes = var('path_top_nodes') | int -%}
{%- set inline = per_engine('not materialized', '') -%}
with

events as {{ inline }} (

    select * from {{ ref('int_path_events') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

node_ranks as (

    select
        path_kind,
        node,
        row_number() over (
            partition by path_kind
            order by count(*) desc, node asc
        ) as node_rank
    from events
    group by path_kind, node

),

-- a path is won by the person who bought; what was bought in the store is the visitor's
won_paths as (

    select
        path_kind,
        path_id
    from events
    where
        (path_kind = 'session' and node = 'purchase')
        or (path_kind = 'omnichannel' and node in ('store_order', 'online_order'))
    group by path_kind, path_id

    union all

    select
        'store_zone' as path_kind,
        {{ path_of_person('sessions.session_id', 'people.person_number') }} as path_id
    from sessions
    inner join people on coalesce(sessions.customer_id, sessions.identity_key) = people.person_key
    where sessions.has_purchase and sessions.source_table = 'store_visits'

),

folded as (

    select
        events.path_kind,
        events.path_id,
        events.person_number,
        events.occurred_at,
        events.touchpoint_id,
        case when node_ranks.node_rank <= {{ top_nodes }} then events.node else '(other)' end as node,
        won_paths.path_id is not null as is_won
    from events
    inner join node_ranks
        on
            events.path_kind = node_ranks.path_kind
            and events.node = node_ranks.node
    left join won_paths
        on
            events.path_kind = won_paths.path_kind
            and events.path_id = won_paths.path_id

),

final as (

    select
        path_kind,
        path_id,
        person_number,
        node,
        lag(node) over (partition by path_kind, path_id order by occurred_at asc, touchpoint_id asc) as previous_node,
        is_won,
        row_number() over (partition by path_kind, path_id order by occurred_at asc, touchpoint_id asc) as place,
        count(*) over (partition by path_kind, path_id) as path_length
    from folded

)

select * from final
