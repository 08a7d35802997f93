{#- One row per touchpoint of a known person, by the number of the person, with what funnels and paths ask about it. -#}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

orders as (

    select * from {{ ref('orders') }}

),

final as (

    select
        people.person_number,
        touchpoints.touchpoint_id,
        touchpoints.source_table,
        touchpoints.touchpoint_type,
        touchpoints.channel,
        touchpoints.category,
        touchpoints.page_path,
        touchpoints.session_id,
        touchpoints.is_primary,
        touchpoints.value,
        orders.customer_order_number,
        touchpoints.occurred_at
    from touchpoints
    inner join people on coalesce(touchpoints.customer_id, touchpoints.identity_key) = people.person_key
    left join orders on touchpoints.order_id = orders.order_id

)

select * from final
