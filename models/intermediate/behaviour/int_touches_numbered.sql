{#-
  One row per touchpoint of a known person, by the number of the person, with what paths, funnels, days
  and visits ask about it. Who needs another attribute of few rows joins int_touchpoints by touchpoint_id.
-#}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}

),

orders as (

    select * from {{ ref('orders') }}

),

final as (

    select
        touchpoints.person_number,
        touchpoints.touchpoint_id,
        touchpoints.source_table,
        touchpoints.touchpoint_type,
        touchpoints.channel,
        touchpoints.campaign_id,
        touchpoints.category,
        touchpoints.feature,
        touchpoints.device_platform,
        touchpoints.page_path,
        touchpoints.session_id,
        touchpoints.is_primary,
        touchpoints.value,
        orders.customer_order_number,
        touchpoints.occurred_at,
        touchpoints.occurred_on
    from touchpoints
    left join orders on touchpoints.order_id = orders.order_id
    where touchpoints.person_number is not null

)

select * from final
