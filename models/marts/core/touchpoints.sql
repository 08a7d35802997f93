{#-
  One row per interaction on any channel: every accepted source row once, with the customer behind it.
  Rows of people without consent to analytics stay without any key of theirs: no customer, account,
  device or order, and a token for the account that registered. Their orders are named by nobody's rows.
-#}
with

touches as (

    select * from {{ ref('int_touchpoints') }}

),

withheld as (

    select * from {{ ref('int_identities_withheld') }}

),

orders as (

    select * from {{ ref('orders') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

-- somebody may have written about an order that another account placed
withheld_orders as (

    select orders.order_id
    from orders
    semi join consent on orders.customer_id = consent.customer_id

),

final as (

    select
        -- key
        case
            when withheld.identity_key is not null and touches.source_table = 'accounts'
                then concat('accounts:', {{ salted_hash(["'withheld'", 'touches.touchpoint_id']) }})
            else touches.touchpoint_id
        end as touchpoint_id,

        -- attributes
        case when withheld.identity_key is null then touches.customer_id end as customer_id,
        case when withheld.identity_key is null then touches.identity_key end as identity_key,
        touches.session_id,
        touches.source_table,
        touches.touchpoint_type,
        touches.channel,
        touches.campaign_id,
        touches.creative_id,
        touches.product_id,
        touches.category,
        touches.content_id,
        touches.content_topic,
        touches.feature,
        touches.store_id,
        touches.associate_id,
        case when withheld.identity_key is null and withheld_orders.order_id is null then touches.order_id end as order_id,
        touches.device_platform,
        touches.page_path,
        touches.entry_source,
        touches.is_primary,

        -- measures
        touches.value,

        -- times
        touches.occurred_at,
        touches.occurred_on
    from touches
    left join withheld on touches.identity_key = withheld.identity_key
    left join withheld_orders on touches.order_id = withheld_orders.order_id

)

select * from final
