{#-
  One row per path kind, position, step and next step. Positions 1, 2, … count from the start of a
  path, -1, -2, … from its end.
-#}
{%- set shown = var('path_max_steps') | int -%}
{%- set inline = per_engine('not materialized', '') -%}
with

steps as {{ inline }} (

    select * from {{ ref('int_path_events') }}

),

labels as (

    select * from {{ ref('int_path_labels') }}

),

-- 1. every hop of a path, from (start) to (end): no step
labelled as {{ inline }} (

    select
        labels.path_kind,
        steps.person_number,
        steps.step,
        steps.path_length,
        labels.label_number,
        previous_labels.label_number as previous_label
    from steps
    inner join labels on steps.node_number = labels.node_number
    left join labels as previous_labels on steps.previous_node = previous_labels.node_number

),

hops as {{ inline }} (

    select
        path_kind,
        person_number,
        step as position,
        path_length,
        previous_label as from_label,
        label_number as to_label
    from labelled

    union all

    select
        path_kind,
        person_number,
        path_length + 1 as position,
        path_length,
        label_number as from_label,
        null as to_label
    from labelled
    where step = path_length

),

-- 2. seen from the start: what lies behind the last position shown is (more), 0
from_start as (

    select
        path_kind,
        person_number,
        position,
        from_label,
        case when position = {{ shown }} and to_label is not null then 0 else to_label end as to_label
    from hops
    where position <= {{ shown }}

),

-- 3. seen from the end: what lies before the first position shown is (earlier), 0
from_end as (

    select
        path_kind,
        person_number,
        position - path_length - 2 as position,
        case when path_length + 2 - position = {{ shown }} and from_label is not null then 0 else from_label end as from_label,
        to_label
    from hops
    where path_length + 2 - position <= {{ shown }}

),

both_ends as (

    select * from from_start
    union all
    select * from from_end

),

by_person as (

    select
        path_kind,
        position,
        from_label,
        to_label,
        person_number,
        count(*) as transitions
    from both_ends
    group by path_kind, position, from_label, to_label, person_number

),

by_label as (

    select
        path_kind,
        position,
        from_label,
        to_label,
        count(*) as customers,
        cast(sum(transitions) as bigint) as transitions
    from by_person
    group by path_kind, position, from_label, to_label

),

-- 4. names at the end
names as (

    select
        label_number,
        min(label) as label
    from labels
    group by label_number

),

counted as (

    select
        by_label.path_kind,
        cast(by_label.position as bigint) as position,
        case
            when by_label.from_label is null then '(start)'
            when by_label.from_label = 0 then '(earlier)'
            else from_names.label
        end as from_step,
        case
            when by_label.to_label is null then '(end)'
            when by_label.to_label = 0 then '(more)'
            else to_names.label
        end as to_step,
        by_label.customers,
        by_label.transitions,
        sum(by_label.transitions) over (
            partition by by_label.path_kind, by_label.position, by_label.from_label
        ) as transitions_from
    from by_label
    left join names as from_names on by_label.from_label = from_names.label_number
    left join names as to_names on by_label.to_label = to_names.label_number

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
        {{ safe_divide('transitions', 'transitions_from') }} as share,
        {{ wilson_low('transitions', 'transitions_from') }} as share_low,
        {{ wilson_high('transitions', 'transitions_from') }} as share_high
    from counted

)

select * from final
