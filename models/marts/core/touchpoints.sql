{#-
  One row per interaction on any channel: every accepted source row once, with the customer behind it.
  The rows are computed twice, once for few columns and kinds: held in between, all columns of all rows
  would fill the disk.
-#}
{%- set inline = per_engine('not materialized', '') -%}
{%- set no_text = 'cast(null as string)' -%}
{%- set shared = [
    'session_id', 'account_key', 'device_key', 'touchpoint_type', 'channel', 'campaign_id', 'creative_id',
    'product_id', 'order_id',
] -%}
with

web_events as {{ inline }} (

    select * from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone

),

recorded as {{ inline }} (

    select * from {{ ref('int_touchpoints_recorded') }}
    where not is_tombstone

),

web_sessions as (

    select * from {{ ref('int_web_sessions') }}
    where not is_tombstone

),

unique_ids as {{ inline }} (

    select * from {{ ref('int_account_ids_unique') }}

),

device_owners as {{ inline }} (

    select * from {{ ref('int_device_owners') }}

),

accounts as {{ inline }} (

    select * from {{ ref('int_customer_accounts') }}

),

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

products as (

    select * from {{ ref('stg_commerce__products') }}

),

buyers as (

    select * from {{ ref('int_orders_identified') }}

),

-- 1. a session in which exactly one account was named is that account's from beginning to end; one
--    without a name that ended in an order is the buyer's
named_sessions as (

    select
        web_sessions.session_id,
        coalesce(web_sessions.account_key, buyers.account_key) as account_key
    from web_sessions
    left join buyers on web_sessions.order_id = buyers.order_id
    where
        web_sessions.account_count = 1
        or (web_sessions.account_count = 0 and buyers.account_key is not null)

),

touches as {{ inline }} (

    select
        concat('web_events:', web_events.event_id) as touchpoint_id,
        'web_events' as source_table,
        {%- for column in shared %}
        {{ 'coalesce(web_events.account_key, named_sessions.account_key)' if column == 'account_key' else 'web_events.' ~ column }} as {{ column }},
        {%- endfor %}
        {{ no_text }} as bare_account_id,
        {{ no_text }} as store_id,
        {{ no_text }} as associate_id,
        web_events.category,
        web_events.content_id,
        web_events.content_topic,
        web_events.feature,
        web_events.device_platform,
        web_events.page_path,
        web_events.entry_source,
        cast(null as double) as touch_value,
        web_events.occurred_at,
        web_events.occurred_on
    from web_events
    left join named_sessions on web_events.session_id = named_sessions.session_id

    union all

    select
        touchpoint_id,
        source_table,
        {%- for column in shared %}
        {{ column }},
        {%- endfor %}
        bare_account_id,
        store_id,
        associate_id,
        {%- for column in ['category', 'content_id', 'content_topic', 'feature', 'device_platform', 'page_path', 'entry_source'] %}
        {{ no_text }} as {{ column }},
        {%- endfor %}
        touch_value,
        occurred_at,
        occurred_on
    from recorded

),

-- 2. who it was: a named account, an account id that only one system has, the owner of the device
with_account as {{ inline }} (

    select
        touches.*,
        coalesce(touches.account_key, unique_ids.account_key, device_owners.account_key) as resolved_account_key
    from touches
    left join unique_ids on touches.bare_account_id = unique_ids.account_id
    left join device_owners
        on
            touches.device_key = device_owners.device_key
            and touches.account_key is null
            and touches.occurred_at >= device_owners.valid_from
            and touches.occurred_at < device_owners.valid_to

),

with_customer as {{ inline }} (

    select
        with_account.*,
        accounts.customer_id,
        coalesce(with_account.resolved_account_key, with_account.device_key) as identity_key
    from with_account
    left join accounts on with_account.resolved_account_key = accounts.account_key

),

-- 3. rows that tell again what another row tells: they are kept, but conversions do not count them
told_purchases as (

    select web_events.event_id
    from web_events
    inner join orders on web_events.order_id = orders.order_id
    where web_events.touchpoint_type = 'purchase'

),

-- the few rows that may tell something again, or be told again
tellers as (

    select
        touchpoint_id,
        source_table,
        touchpoint_type,
        campaign_id,
        coalesce(customer_id, identity_key) as person_key,
        coalesce(source_table = 'web_events' and touchpoint_id = session_id, false) as is_entry,
        occurred_at
    from with_customer
    where
        touchpoint_type in ('coupon_redeemed', 'campaign_click')
        or source_table = 'orders'
        or (source_table = 'web_events' and touchpoint_id = session_id and campaign_id is not null)

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

copies as (

    select concat('web_events:', event_id) as touchpoint_id from told_purchases
    union all
    select touchpoint_id from redemptions
    union all
    select touchpoint_id from followed_clicks

),

final as (

    select
        -- key
        with_customer.touchpoint_id,

        -- attributes
        with_customer.customer_id,
        with_customer.identity_key,
        with_customer.session_id,
        with_customer.source_table,
        with_customer.touchpoint_type,
        with_customer.channel,
        with_customer.campaign_id,
        with_customer.creative_id,
        with_customer.product_id,
        coalesce(with_customer.category, products.category) as category,
        with_customer.content_id,
        with_customer.content_topic,
        with_customer.feature,
        with_customer.store_id,
        with_customer.associate_id,
        with_customer.order_id,
        with_customer.device_platform,
        with_customer.page_path,
        with_customer.entry_source,
        copies.touchpoint_id is null as is_primary,

        -- measures
        with_customer.touch_value as value,

        -- times
        with_customer.occurred_at,
        with_customer.occurred_on
    from with_customer
    left join copies on with_customer.touchpoint_id = copies.touchpoint_id
    left join products on with_customer.product_id = products.product_id

)

select * from final
