{#-
  One row per path kind, position, step and next step. Positions 1, 2, … count from the start of a
  path, -1, -2, … from its end.
-#}
{%- set shown = var('path_max_steps') | int -%}
{%- set inline = per_engine('not materialized', '') -%}
with

steps as {{ inline }} (

    select * from {{ ref('int_path_steps') }}

),

-- 1. every hop of a path, from (start) to (end)
hops as (

    select
        path_kind,
        person_number,
        place as position,
        path_length,
        coalesce(previous_node, '(start)') as from_step,
        node as to_step
    from steps

    union all

    select
        path_kind,
        person_number,
        path_length + 1 as position,
        path_length,
        node as from_step,
        '(end)' as to_step
    from steps
    where place = path_length

),

-- 2. seen from the start: what lies behind the last position shown is (more)
from_start as (

    select
        path_kind,
        person_number,
        position,
        from_step,
        case when position = {{ shown }} and to_step != '(end)' then '(more)' else to_step end as to_step
    from hops
    where position <= {{ shown }}

),

-- 3. seen from the end: what lies before the first position shown is (earlier)
from_end as (

    select
        path_kind,
        person_number,
        position - path_length - 2 as position,
        case when path_length + 2 - position = {{ shown }} and from_step != '(start)' then '(earlier)' else from_step end as from_step,
        to_step
    from hops
    where path_length + 2 - position <= {{ shown }}

),

both_ends as (

    select * from from_start
    union all
    select * from from_end

),

counted as (

    select
        path_kind,
        cast(position as bigint) as position,
        from_step,
        to_step,
        count(distinct person_number) as customers,
        count(*) as transitions
    from both_ends
    group by path_kind, position, from_step, to_step

),

final as (

    select
        -- key
        path_kind,
        position,
        from_step,
        to_step,

        -- attributes
        case when position > 0 then 'start' else 'end' end as anchor,

        -- measures
        customers,
        transitions,
        {{ safe_divide('transitions', 'sum(transitions) over (partition by path_kind, position, from_step)') }} as share
    from counted

)

select * from final
