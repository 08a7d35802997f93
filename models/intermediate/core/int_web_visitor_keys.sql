{#-
  One row per device, and one per account, that web or app events name, with its key and a number for it, by
  which sessions join and sort: devices and accounts are few beside the events, so each is hashed once.
  Numbers hold for one build and mean nothing.
-#}
with

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

devices as (

    select device_id
    from web_events
    where device_id is not null
    group by device_id

),

accounts as (

    select
        coalesce(account_scope, source_system) as account_scope,
        account_id
    from web_events
    where account_id is not null and source_system is not null
    group by coalesce(account_scope, source_system), account_id

),

keyed as (

    select
        device_id,
        cast(null as string) as account_scope,
        cast(null as string) as account_id,
        {{ salted_hash(["'device'", 'device_id']) }} as identity_key
    from devices

    union all

    select
        cast(null as string) as device_id,
        account_scope,
        account_id,
        {{ account_key('account_scope') }} as identity_key
    from accounts

),

final as (

    select
        device_id,
        account_scope,
        account_id,
        identity_key,
        cast(dense_rank() over (order by identity_key) as bigint) as visitor_number
    from keyed

)

select * from final
