{#-
  One row per interaction on any channel: every accepted source row once, with the customer behind it,
  whoever it is. Mart touchpoints shows it without the people who refused.

  A view: the mart is the one wide copy, and who counts or orders reads int_touches_numbered.
-#}
{{ config(materialized='view') }}
with

touches as (

    select * from {{ ref('int_touchpoints_identified') }}

),

retold as (

    select * from {{ ref('int_touchpoints_retold') }}

),

products as (

    select * from {{ ref('stg_commerce__products') }}

),

final as (

    select
        -- key
        touches.touchpoint_id,

        -- attributes
        touches.person_number,
        touches.customer_id,
        touches.identity_key,
        touches.session_id,
        touches.source_table,
        touches.touchpoint_type,
        touches.channel,
        touches.campaign_id,
        touches.creative_id,
        touches.product_id,
        coalesce(touches.category, products.category) as category,
        touches.content_id,
        touches.content_topic,
        touches.feature,
        touches.store_id,
        touches.associate_id,
        touches.order_id,
        touches.device_platform,
        touches.page_path,
        touches.entry_source,
        retold.touchpoint_id is null as is_primary,

        -- measures
        touches.touch_value as value,

        -- times
        touches.occurred_at,
        touches.occurred_on
    from touches
    left join retold on touches.touchpoint_id = retold.touchpoint_id
    left join products on touches.product_id = products.product_id

)

select * from final
