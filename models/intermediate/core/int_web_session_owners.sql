{#-
  One row per web or app session of which an account is known: whose visit it is. `is_whole`: it is that
  person's from beginning to end, because all accounts named in it are one person's, or none was named
  and it ended in an order, which is the buyer's. Where several people are named each event stays its
  own person's, and the visit is whose account its first event names.
-#}
{%- set inline = per_engine('not materialized', '') -%}
with

web_sessions as {{ inline }} (

    select * from {{ ref('int_web_sessions') }}
    where not is_tombstone

),

web_events as (

    select * from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone and account_key is not null

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

buyers as (

    select * from {{ ref('int_orders_identified') }}

),

-- 1. several accounts may be one person's
named_by_several as (

    select
        web_events.session_id,
        max(case
            when concat('web_events:', web_events.event_id) = web_events.session_id then web_events.account_key
        end) as opening_account_key,
        count(distinct coalesce(accounts.customer_id, web_events.account_key)) as person_count
    from web_events
    inner join web_sessions on web_events.session_id = web_sessions.session_id
    left join accounts on web_events.account_key = accounts.account_key
    where web_sessions.has_several_accounts
    group by web_events.session_id

),

judged as (

    select
        web_sessions.session_id,
        case
            when named_by_several.person_count > 1 then named_by_several.opening_account_key
            else coalesce(web_sessions.account_key, buyers.account_key)
        end as account_key,
        coalesce(named_by_several.person_count, 1) = 1 as is_whole
    from web_sessions
    left join named_by_several on web_sessions.session_id = named_by_several.session_id
    left join buyers on web_sessions.order_id = buyers.order_id

),

final as (

    select
        session_id,
        account_key,
        is_whole
    from judged
    where account_key is not null

)

select * from final
