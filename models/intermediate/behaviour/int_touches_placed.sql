{#-
  One row per touchpoint of a known person, all by number: the person, the kind, the visit, and its place among the
  person's touchpoints in the order of time, then of their id. `moment` is the last place at the same time: the
  moments of a person are in the order of time, and the place after a moment is what happened next. `tie` counts
  those of one moment: person, time and tie find the touchpoint in int_touches_numbered.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

touches as {{ inline }} (

    select * from {{ ref('int_touches_numbered') }}

),

kinds as {{ inline }} (

    select * from {{ ref('int_touch_kinds') }}

),

sessions as {{ inline }} (

    select * from {{ ref('int_sessions_numbered') }}

),

orders as {{ inline }} (

    select * from {{ ref('orders') }}

),

-- 1. by numbers alone: sorting with the ids takes twice as long. Every touchpoint is of some kind; a left join tells the
--    planner that no row is lost
in_session as (

    select
        touches.*,
        sessions.session_number,
        orders.customer_order_number
    from touches
    left join sessions on touches.session_id = sessions.session_id
    left join orders on touches.order_id = orders.order_id

),

by_time as (

    select
        cast(in_session.person_number as int) as person_number,
        kinds.kind_number,
        in_session.session_number,
        in_session.value,
        cast(in_session.customer_order_number as int) as customer_order_number,
        in_session.occurred_at,
        cast(rank() over (
            partition by cast(in_session.person_number as int)
            order by in_session.occurred_at asc
        ) as int) as first_place,
        cast(count(*) over (
            partition by cast(in_session.person_number as int)
            order by in_session.occurred_at asc
        ) as int) as moment
    from in_session
    left join kinds on {{ is_of_kind('in_session') }}

),

-- 2. the few that share a moment once more, by their ids
shared_moments as (

    select
        person_number,
        occurred_at,
        first_place,
        moment
    from by_time
    where first_place < moment
    group by person_number, occurred_at, first_place, moment

),

shared_touches as (

    select
        touches.*,
        shared_moments.first_place,
        shared_moments.moment
    from touches
    inner join shared_moments
        on
            touches.person_number = shared_moments.person_number
            and touches.occurred_at = shared_moments.occurred_at

),

by_id as (

    select
        cast(shared_touches.person_number as int) as person_number,
        kinds.kind_number,
        sessions.session_number,
        shared_touches.value,
        cast(orders.customer_order_number as int) as customer_order_number,
        shared_touches.occurred_at,
        shared_touches.first_place,
        shared_touches.moment,
        cast(row_number() over (
            partition by shared_touches.person_number, shared_touches.occurred_at
            order by shared_touches.touchpoint_id asc
        ) as int) as tie
    from shared_touches
    left join sessions on shared_touches.session_id = sessions.session_id
    left join orders on shared_touches.order_id = orders.order_id
    left join kinds on {{ is_of_kind('shared_touches') }}

),

final as (

    select
        person_number,
        first_place as place,
        moment,
        1 as tie,
        kind_number,
        session_number,
        value,
        customer_order_number,
        occurred_at
    from by_time
    where first_place = moment

    union all

    select
        person_number,
        first_place + tie - 1 as place,
        moment,
        tie,
        kind_number,
        session_number,
        value,
        customer_order_number,
        occurred_at
    from by_id

)

select * from final
