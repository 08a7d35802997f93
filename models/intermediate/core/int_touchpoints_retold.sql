{#-
  One row per touchpoint that tells again what another one tells. It stays a touchpoint, but
  conversions do not count it:
    purchase          a web event that names an accepted order: the order is counted
    coupon_redeemed   within an hour of an order of the same person
    campaign_click    followed by a session of the same person from the same campaign
-#}
with

touches as (

    select * from {{ ref('int_touchpoints_identified') }}

),

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

-- the few rows that may tell something again, or be told again; worked out once
tellers as {{ per_engine('materialized', '') }} (

    select
        touchpoint_id,
        source_table,
        touchpoint_type,
        campaign_id,
        order_id,
        coalesce(customer_id, identity_key) as person_key,
        coalesce(source_table = 'web_events' and touchpoint_id = session_id, false) as is_entry,
        occurred_at
    from touches
    where
        touchpoint_type in ('purchase', 'coupon_redeemed', 'campaign_click')
        or source_table = 'orders'
        or (source_table = 'web_events' and touchpoint_id = session_id and campaign_id is not null)

),

purchases as (

    select bought.touchpoint_id
    from tellers as bought
    inner join orders on bought.order_id = orders.order_id
    where bought.touchpoint_type = 'purchase'

),

redemptions as (

    select redeemed.touchpoint_id
    from tellers as redeemed
    inner join tellers as bought
        on
            redeemed.person_key = bought.person_key
            and bought.occurred_at >= redeemed.occurred_at - interval 1 hour
            and bought.occurred_at <= redeemed.occurred_at + interval 1 hour
    where redeemed.touchpoint_type = 'coupon_redeemed' and bought.source_table = 'orders'
    group by redeemed.touchpoint_id

),

followed_clicks as (

    select clicked.touchpoint_id
    from tellers as clicked
    inner join tellers as entered
        on
            clicked.person_key = entered.person_key
            and clicked.campaign_id = entered.campaign_id
            and entered.occurred_at >= clicked.occurred_at - interval 1 minute
            and entered.occurred_at <= clicked.occurred_at + interval {{ var('session_gap_minutes') | int }} minute
    where clicked.touchpoint_type = 'campaign_click' and entered.is_entry
    group by clicked.touchpoint_id

),

final as (

    select touchpoint_id from purchases
    union all
    select touchpoint_id from redemptions
    union all
    select touchpoint_id from followed_clicks

)

select * from final
