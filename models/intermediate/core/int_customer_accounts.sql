{#-
  One row per account or guest identity, with the customer it belongs to. Until identities are
  resolved every account and every guest is a customer of its own; this model is the one to replace.
-#}
with

mentions as (

    select * from {{ ref('int_account_mentions') }}

),

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

accounts as (

    select
        account_key,
        'account' as account_kind,
        source_system,
        account_id,
        first_seen_at
    from mentions

),

-- people who bought without an account but left an e-mail address or a phone number
guests as (

    select
        {{ salted_hash(["'guest'", 'coalesce(guest_email, guest_phone)']) }} as account_key,
        'guest' as account_kind,
        min(source_system) as source_system,
        cast(null as string) as account_id,
        min(ordered_at) as first_seen_at
    from orders
    where account_id is null and coalesce(guest_email, guest_phone) is not null
    group by coalesce(guest_email, guest_phone)

),

unioned as (

    select * from accounts
    union all
    select * from guests

),

final as (

    select
        account_key,
        {{ salted_hash(["'customer'", 'account_key']) }} as customer_id,
        account_kind,
        source_system,
        account_id,
        first_seen_at
    from unioned

)

select * from final
