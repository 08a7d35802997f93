{#-
  One row per visit: a session of web or app events, or a visit to a store. Visits of people without
  consent to analytics stay without any key of theirs. A view: int_sessions has the rows (a table on Spark).
-#}
{{ config(materialized=per_engine('view', 'table')) }}
with

visits as (

    select * from {{ ref('int_sessions') }}

),

final as (

    select
        -- key
        session_id,

        -- attributes
        case when not is_withheld then customer_id end as customer_id,
        case when not is_withheld then identity_key end as identity_key,
        source_table,
        channel,
        store_id,
        device_platform,
        entry_source,
        entry_campaign_id,
        entry_page,
        experiment_variant,
        page_error_code,
        checkout_error_code,
        has_purchase,
        is_bot,
        is_absurd,
        flag_rules,

        -- measures
        event_count,
        page_view_count,
        product_view_count,
        search_count,
        cart_count,
        checkout_count,
        payment_count,
        purchase_count,
        login_count,
        social_count,
        page_load_ms_max,
        page_load_ms_mean,
        dwell_seconds,

        -- times
        started_at,
        ended_at,
        started_on
    from visits

)

select * from final
