{#- One row per attempt at a funnel that was dropped and after which the person came again: what they did next. -#}
{%- set inline = per_engine('not materialized', '') -%}
with

dropped as (

    select * from {{ ref('int_funnel_entries_described') }}
    where dropped_at_step is not null

),

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

next_moments as (

    select
        dropped.funnel_number,
        dropped.person_number,
        dropped.entry_number,
        min(touches.occurred_at) as next_at
    from dropped
    inner join touches
        on
            dropped.person_number = touches.person_number
            and dropped.last_step_at < touches.occurred_at
    group by dropped.funnel_number, dropped.person_number, dropped.entry_number

),

-- of several at one moment the lowest id stands
followed as (

    select
        next_moments.funnel_number,
        next_moments.person_number,
        next_moments.entry_number,
        touches.touchpoint_type,
        touches.channel,
        touches.occurred_at,
        row_number() over (
            partition by next_moments.funnel_number, next_moments.person_number, next_moments.entry_number
            order by touches.touchpoint_id asc
        ) as tie_rank
    from next_moments
    inner join touches
        on
            next_moments.person_number = touches.person_number
            and next_moments.next_at = touches.occurred_at

),

final as (

    select
        funnel_number,
        person_number,
        entry_number,
        touchpoint_type,
        channel,
        occurred_at
    from followed
    where tie_rank = 1

)

select * from final
