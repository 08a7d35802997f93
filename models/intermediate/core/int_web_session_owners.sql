{#-
  One row per web or app session that is somebody's from beginning to end: exactly one account was
  named in it, or none and it ended in an order, which is the buyer's.
-#}
with

web_sessions as (

    select * from {{ ref('int_web_sessions') }}
    where not is_tombstone

),

buyers as (

    select * from {{ ref('int_orders_identified') }}

),

final as (

    select
        web_sessions.session_id,
        coalesce(web_sessions.account_key, buyers.account_key) as account_key
    from web_sessions
    left join buyers on web_sessions.order_id = buyers.order_id
    where
        web_sessions.account_count = 1
        or (web_sessions.account_count = 0 and buyers.account_key is not null)

)

select * from final
