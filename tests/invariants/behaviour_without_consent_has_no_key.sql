-- Guards that who refused analytics cannot be followed: no mart that shows a person's path carries a key
-- of theirs (customer, account, device, order); their orders show no touch. And that nothing is hidden of anybody else: all other rows name who they name inside.
with

refused as (

    select customer_id from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

accounts as (

    select accounts.* from {{ ref('int_customer_accounts') }} as accounts
    semi join refused on accounts.customer_id = refused.customer_id

),

orders as (

    select orders.order_id from {{ ref('orders') }} as orders
    semi join refused on orders.customer_id = refused.customer_id

),

keys as (

    select customer_id as key_value from refused
    union
    select account_key as key_value from accounts
    union
    select identity_key as key_value from {{ ref('int_identities_withheld') }}

),

shown_keys as (

    select
        'touchpoints' as mart,
        touchpoint_id as row_key,
        customer_id as key_value
    from {{ ref('touchpoints') }}
    union all
    select
        'touchpoints' as mart,
        touchpoint_id as row_key,
        identity_key as key_value
    from {{ ref('touchpoints') }}
    union all
    select
        'sessions' as mart,
        session_id as row_key,
        customer_id as key_value
    from {{ ref('sessions') }}
    union all
    select
        'sessions' as mart,
        session_id as row_key,
        identity_key as key_value
    from {{ ref('sessions') }}
    union all
    select
        'funnel_entries' as mart,
        funnel as row_key,
        customer_id as key_value
    from {{ ref('funnel_entries') }}
    union all
    select
        'funnel_entries' as mart,
        funnel as row_key,
        person_key as key_value
    from {{ ref('funnel_entries') }}
    union all
    select
        'attributed_orders' as mart,
        order_id as row_key,
        customer_id as key_value
    from {{ ref('attributed_orders') }}

),

named as (

    select
        shown_keys.mart,
        shown_keys.row_key,
        'a key of who refused' as found
    from shown_keys
    semi join keys on shown_keys.key_value = keys.key_value

),

orders_named as (

    select
        'touchpoints' as mart,
        touchpoints.touchpoint_id as row_key,
        'an order of who refused' as found
    from {{ ref('touchpoints') }} as touchpoints
    semi join orders on touchpoints.order_id = orders.order_id

),

registrations as (

    select
        'touchpoints' as mart,
        touchpoints.touchpoint_id as row_key,
        'an account of who refused' as found
    from {{ ref('touchpoints') }} as touchpoints
    inner join accounts
        on touchpoints.touchpoint_id = concat('accounts:', accounts.source_system, '|', accounts.account_id)

),

begun as (

    select
        'funnel_entries' as mart,
        entries.first_touchpoint_id as row_key,
        'an order of who refused' as found
    from {{ ref('funnel_entries') }} as entries
    inner join orders on entries.first_touchpoint_id = concat('orders:', orders.order_id)

),

touches_of_orders as (

    select
        'attributed_orders' as mart,
        attributed.order_id as row_key,
        'a touch of who refused' as found
    from {{ ref('attributed_orders') }} as attributed
    semi join orders on attributed.order_id = orders.order_id
    where attributed.touchpoint_id != '(none)' or attributed.touched_at is not null

),

hidden as (

    select
        'touchpoints' as mart,
        inside.touchpoint_id as row_key,
        'hidden without need' as found
    from {{ ref('int_touchpoints') }} as inside
    left join {{ ref('touchpoints') }} as shown on inside.touchpoint_id = shown.touchpoint_id
    left join orders on inside.order_id = orders.order_id
    anti join keys on inside.identity_key = keys.key_value
    where
        coalesce(inside.customer_id, '(none)') != coalesce(shown.customer_id, '(none)')
        or coalesce(inside.identity_key, '(none)') != coalesce(shown.identity_key, '(none)')
        or (orders.order_id is null and coalesce(inside.order_id, '(none)') != coalesce(shown.order_id, '(none)'))

)

select * from named
union all
select * from orders_named
union all
select * from registrations
union all
select * from begun
union all
select * from touches_of_orders
union all
select * from hidden
