-- One row per event, numbered as in the file, which is sorted by session and time: some events share a second.
with

numbered as (

    select
        *,
        lpad(cast(row_number() over () as varchar), 6, '0') as event_id
    from read_csv('{data}/ecom.csv.gz')

),

-- The two error markers are events of their own, and the error of the checkout steps of their session.
marked as (

    select
        *,
        max(event) filter (where event = 'checkout_bug') over (partition by session_id) as checkout_marker,
        max(event) filter (where event = 'payment_error') over (partition by session_id) as payment_marker
    from numbered

)

select
    event_id,
    'ecom' as source_system,
    "timestamp" as occurred_at,
    case event
        when 'shipping_details' then 'checkout_start'
        when 'payment_details' then 'payment_start'
        when 'wishlist_add' then 'favourite'
        else event
    end as event_type,
    user_id as account_id,
    session_id,
    'web' as platform,
    case when event = 'purchase' then session_id end as order_id,
    case event
        when 'shipping_details' then checkout_marker
        when 'payment_details' then payment_marker
        when 'error_page' then event
    end as error_code,
    case when acquisition_channel != 'direct' then acquisition_channel end as utm_medium
from marked
