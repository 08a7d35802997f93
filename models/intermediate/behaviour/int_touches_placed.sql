{#-
  One row per touchpoint of a known person, all by number: the person, the kind, the visit, and its place among the
  person's touchpoints in the order of time, then of their id. `moment` is the last place at the same time: the
  moments of a person are in the order of time, and the place after a moment is what happened next.
-#}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

sessions as (

    select * from {{ ref('int_sessions_numbered') }}

),

kinds as (

    select * from {{ ref('int_touch_kinds') }}

),

final as (

    select
        people.person_number,
        cast(row_number() over (
            partition by people.person_number
            order by touchpoints.occurred_at asc, touchpoints.touchpoint_id asc
        ) as int) as place,
        cast(count(*) over (
            partition by people.person_number
            order by touchpoints.occurred_at asc
        ) as int) as moment,
        kinds.kind_number,
        sessions.session_number,
        touchpoints.touchpoint_id,
        touchpoints.occurred_at
    from touchpoints
    inner join people on coalesce(touchpoints.customer_id, touchpoints.identity_key) = people.person_key
    inner join kinds
        on
            touchpoints.source_table = kinds.source_table
            and touchpoints.touchpoint_type = kinds.touchpoint_type
            and touchpoints.is_primary = kinds.is_primary
            and touchpoints.channel is not distinct from kinds.channel
            and {{ zone_of_touchpoint('touchpoints.') }} is not distinct from kinds.zone
    left join sessions on touchpoints.session_id = sessions.session_id

)

select * from final
