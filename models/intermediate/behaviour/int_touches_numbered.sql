{#-
  One row per touchpoint of a known person, by the number of the person, with what paths, funnels, days
  and visits ask about it. A view: int_touchpoints has the rows.
-#}
{{ config(materialized='view') }}
with

touchpoints as (

    select * from {{ ref('int_touchpoints') }}
    where person_number is not null

),

final as (

    select
        person_number,
        touchpoint_id,
        source_table,
        touchpoint_type,
        channel,
        campaign_id,
        category,
        feature,
        device_platform,
        page_path,
        session_id,
        order_id,
        is_primary,
        value,
        occurred_at,
        occurred_on
    from touchpoints

)

select * from final
