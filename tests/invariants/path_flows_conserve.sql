-- Guards that what enters a step of a path leaves it: per kind and position, hops into a step equal
-- hops out of it at the next position, from the start as from the end; and both views hold as many
-- paths.
with

hops as (

    select * from {{ ref('path_transitions') }}

),

entering as (

    select
        path_kind,
        position + 1 as position,
        to_step as step,
        sum(transitions) as transitions
    from hops
    where to_step not in ('(end)', '(more)') and position != -1
    group by path_kind, position, to_step

),

leaving as (

    select
        path_kind,
        position,
        from_step as step,
        sum(transitions) as transitions
    from hops
    where from_step not in ('(start)', '(earlier)')
    group by path_kind, position, from_step

),

views as (

    select
        path_kind,
        sum(case when from_step = '(start)' and position = 1 then transitions else 0 end) as started,
        sum(case when to_step = '(end)' and position = -1 then transitions else 0 end) as ended
    from hops
    group by path_kind

)

select
    coalesce(entering.path_kind, leaving.path_kind) as path_kind,
    coalesce(entering.position, leaving.position) as position,
    coalesce(entering.step, leaving.step) as step
from entering
full outer join leaving
    on
        entering.path_kind = leaving.path_kind
        and entering.position = leaving.position
        and entering.step = leaving.step
where coalesce(entering.transitions, 0) != coalesce(leaving.transitions, 0)

union all

select
    path_kind,
    cast(0 as bigint) as position,
    '(start) against (end)' as step
from views
where started != ended
