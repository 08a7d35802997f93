{#-
  One row per path and run of one step in it, with its place and the steps before it: what happened in which order, by
  number. A path in a visit is one person's: where two share it, each has a path of their own. It has the number of
  the visit; omnichannel paths of a person count down from -1.
-#}
with

placed as (

    select * from {{ ref('int_touches_placed') }}

),

nodes as (

    select * from {{ ref('int_path_nodes') }}

),

sessions as (

    select * from {{ ref('int_sessions') }}

),

session_numbers as (

    select * from {{ ref('int_sessions_numbered') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

-- 1. omnichannel: a path ends with an order, or with a pause
with_previous as (

    select
        placed.person_number,
        placed.place,
        placed.occurred_at,
        nodes.node_number,
        nodes.is_goal,
        lag(nodes.node_number) over (partition by placed.person_number order by placed.place asc) as previous_node,
        lag(nodes.is_goal) over (partition by placed.person_number order by placed.place asc) as is_after_goal,
        lag(placed.occurred_at) over (partition by placed.person_number order by placed.place asc) as previous_at
    from placed
    inner join nodes on placed.kind_number = nodes.kind_number
    where nodes.path_kind = 'omnichannel'

),

with_start as (

    select
        person_number,
        place,
        node_number,
        is_goal,
        previous_node,
        previous_at is null
        or is_after_goal
        or {{ seconds_between('previous_at', 'occurred_at') }} > {{ (var('attribution_lookback_days') | int) * 86400 }} as is_start
    from with_previous

),

-- first the runs, then the numbers of the paths: few touches are the first of a run
omnichannel_runs as (

    select
        person_number,
        cast(-sum(case when is_start then 1 else 0 end) over (
            partition by person_number
            order by place asc
            rows between unbounded preceding and current row
        ) as int) as path_number,
        place,
        node_number,
        is_goal
    from with_start
    where is_start or previous_node is null or previous_node != node_number

),

-- 2. the other kinds divide into sessions and visits already
visits as (

    select
        placed.person_number,
        coalesce(placed.session_number, 0) as path_number,
        placed.place,
        nodes.node_number,
        nodes.is_goal,
        lag(nodes.node_number) over (
            partition by placed.person_number, placed.session_number
            order by placed.place asc
        ) as previous_node
    from placed
    inner join nodes on placed.kind_number = nodes.kind_number
    where nodes.path_kind in ('session', 'store_zone')

),

runs as (

    select
        person_number,
        path_number,
        place,
        node_number,
        is_goal
    from omnichannel_runs

    union all

    select
        person_number,
        path_number,
        place,
        node_number,
        is_goal
    from visits
    where previous_node is null or previous_node != node_number

),

-- 3. of two neighbours in a path one at most is a goal, so the route past the goals looks two steps back
along as (

    select
        person_number,
        path_number,
        node_number,
        is_goal,
        row_number() over (partition by person_number, path_number order by place asc) as step,
        lag(node_number) over (partition by person_number, path_number order by place asc) as previous_node,
        lag(node_number, 2) over (partition by person_number, path_number order by place asc) as second_last_node,
        coalesce(lag(is_goal) over (partition by person_number, path_number order by place asc), false) as is_after_goal,
        coalesce(lead(is_goal) over (partition by person_number, path_number order by place asc), false) as is_before_goal,
        count(*) over (partition by person_number, path_number) as path_length,
        max(case when is_goal then 1 else 0 end) over (partition by person_number, path_number) as has_goal
    from runs

),

won_visits as (

    select
        people.person_number,
        session_numbers.session_number
    from sessions
    inner join session_numbers on sessions.session_id = session_numbers.session_id
    inner join people on coalesce(sessions.customer_id, sessions.identity_key) = people.person_key
    where sessions.has_purchase and sessions.source_table = 'store_visits'

),

final as (

    select
        along.person_number,
        along.path_number,
        cast(along.step as int) as step,
        cast(along.path_length as int) as path_length,
        along.node_number,
        along.previous_node,
        along.has_goal = 1 or won_visits.person_number is not null as is_won,
        not along.is_goal as is_on_route,
        case when along.is_after_goal then along.second_last_node else along.previous_node end as previous_on_route,
        not along.is_goal
        and (along.step = along.path_length or (along.is_before_goal and along.step + 1 = along.path_length)) as is_route_end
    from along
    left join won_visits
        on
            along.person_number = won_visits.person_number
            and along.path_number = won_visits.session_number

)

select * from final
