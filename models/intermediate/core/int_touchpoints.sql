{#-
  One row per interaction on any channel: every accepted source row once, with the customer behind it,
  whoever it is. Says also what mart touchpoints does not show: keys of people who refused analytics
  (is_withheld), orders of theirs that somebody else names, and what stands for the account that registered.

  The one wide copy of a touchpoint: the mart and int_touches_numbered are views of it.
-#}
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
        withheld.identity_key is not null as is_withheld,
        withheld_orders.order_id is not null as is_order_withheld,
        case
            when withheld.identity_key is not null and touches.source_table = 'accounts'
                then concat('accounts:', {{ salted_hash(["'withheld'", 'touches.touchpoint_id']) }})
        end as shown_as,

        -- measures
        touches.touch_value as value,

        -- times
        touches.occurred_at,
        touches.occurred_on
    from touches
    left join retold on touches.touchpoint_id = retold.touchpoint_id
    left join products on touches.product_id = products.product_id
    left join withheld on touches.identity_key = withheld.identity_key
    left join withheld_orders on touches.order_id = withheld_orders.order_id

)

select * from final
