{#-
  One row per account or guest that carries identifiers: the nodes of the identity graph. Whoever asks for
  erasure in this build is still among them, so that all accounts of the person are found;
  int_erasure_suppressions takes them out.
-#}
with

accounts as (

    select * from {{ ref('base_members__account_traces') }}

),

orders as (

    select * from {{ ref('base_commerce__order_traces') }}

),

-- systems that share their account ids have several rows of one account
members as (

    select
        account_key,
        min(root_key) as root_key,
        'account' as account_kind,
        min(source_system) as source_system,
        min(account_id) as account_id,
        min(first_seen_at) as first_seen_at
    from accounts
    group by account_key

),

-- people who bought without an account but left an e-mail address or a phone number
guests as (

    select
        guest_key as account_key,
        min(guest_root_key) as root_key,
        'guest' as account_kind,
        min(source_system) as source_system,
        cast(null as string) as account_id,
        min(ordered_at) as first_seen_at
    from orders
    where guest_key is not null
    group by guest_key

),

unioned as (

    select * from members
    union all
    select * from guests

),

final as (

    select
        account_key,
        root_key,
        account_kind,
        source_system,
        account_id,
        case when account_id is not null then {{ bare_account_key('account_id') }} end as bare_key,
        first_seen_at,
        -- a small number for the graph; its order means nothing
        row_number() over (order by account_key asc) as node
    from unioned

)

select * from final
