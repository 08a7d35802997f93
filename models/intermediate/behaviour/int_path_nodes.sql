{#-
  One row per kind of path and kind of touchpoint that is a step in it: the step (node), numbered. Kinds of path
    session      the events of a person in a web or app session
    omnichannel  the channels of a person's touchpoints, until an order or a pause of the
                 attribution look-back
    store_zone   the zones of a person in a store visit
  A path with a goal in it is won; what was bought in the store, the visit tells.
-#}
with

kinds as (

    select * from {{ ref('int_touch_kinds') }}

),

nodes as (

    select
        'omnichannel' as path_kind,
        kind_number,
        case
            when touchpoint_type = 'order' and channel = 'store' then 'store_order'
            when touchpoint_type = 'order' then 'online_order'
            when source_table in ('service_tickets') then 'service'
            when source_table in ('reviews', 'survey_responses', 'referrals') then 'feedback'
            else channel
        end as node,
        touchpoint_type = 'order' as is_goal
    from kinds
    where
        is_primary
        and source_table not in ('returns', 'accounts', 'subscriptions', 'store_zone_visits')
        and touchpoint_type != 'order_cancelled'

    union all

    select
        'session' as path_kind,
        kind_number,
        touchpoint_type as node,
        touchpoint_type = 'purchase' as is_goal
    from kinds
    where source_table = 'web_events'

    union all

    select
        'store_zone' as path_kind,
        kind_number,
        zone as node,
        false as is_goal
    from kinds
    where source_table = 'store_zone_visits'

),

final as (

    select
        path_kind,
        kind_number,
        node,
        cast(dense_rank() over (order by path_kind asc, node asc nulls first) as int) as node_number,
        is_goal
    from nodes

)

select * from final
