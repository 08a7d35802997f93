{#-
  One row per visit: a session of web or app events, or a visit to a store. Visits of people without
  consent to analytics stay without any key of theirs.
-#}
with

visits as (

    select * from {{ ref('int_sessions') }}

),

withheld as (

    select * from {{ ref('int_identities_withheld') }}

),

final as (

    select
        -- key
        visits.session_id,

        -- attributes
        case when withheld.identity_key is null then visits.customer_id end as customer_id,
        case when withheld.identity_key is null then visits.identity_key end as identity_key,
        visits.source_table,
        visits.channel,
        visits.store_id,
        visits.device_platform,
        visits.entry_source,
        visits.entry_campaign_id,
        visits.entry_page,
        visits.experiment_variant,
        visits.page_error_code,
        visits.checkout_error_code,
        visits.has_purchase,
        visits.is_bot,
        visits.is_absurd,
        visits.flag_rules,

        -- measures
        visits.event_count,
        visits.page_view_count,
        visits.product_view_count,
        visits.search_count,
        visits.cart_count,
        visits.checkout_count,
        visits.payment_count,
        visits.purchase_count,
        visits.login_count,
        visits.social_count,
        visits.page_load_ms_max,
        visits.page_load_ms_mean,
        visits.dwell_seconds,

        -- times
        visits.started_at,
        visits.ended_at,
        visits.started_on
    from visits
    left join withheld on visits.identity_key = withheld.identity_key

)

select * from final
