{#-
  One row per interaction on any channel: every accepted source row once, with the customer behind it.
  Rows of people without consent to analytics stay without any key of theirs: no customer, account,
  device or order, and a token for the account that registered. Their orders are named by nobody's rows.

  A view: int_touchpoints has the rows, and says what is not shown (a table on Spark).
-#}
{{ config(materialized=per_engine('view', 'table')) }}
with

touches as (

    select * from {{ ref('int_touchpoints') }}

),

final as (

    select
        -- key
        coalesce(shown_as, touchpoint_id) as touchpoint_id,

        -- attributes
        case when not is_withheld then customer_id end as customer_id,
        case when not is_withheld then identity_key end as identity_key,
        session_id,
        source_table,
        touchpoint_type,
        channel,
        campaign_id,
        creative_id,
        product_id,
        category,
        content_id,
        content_topic,
        feature,
        store_id,
        associate_id,
        case when not is_withheld and not is_order_withheld then order_id end as order_id,
        device_platform,
        page_path,
        entry_source,
        is_primary,

        -- measures
        value,

        -- times
        occurred_at,
        occurred_on
    from touches

)

select * from final
