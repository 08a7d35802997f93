{#-
  One row per account or guest that carries identifiers: the nodes of the identity graph.
  Reads the base tables, so that whoever asked for erasure is still found with all accounts;
  everything behind int_erasure_suppressions has left them out.
-#}
with

accounts as (

    select * from {{ ref('base_members__accounts') }}
    where row_status = 'accepted'

),

orders as (

    select * from {{ ref('base_commerce__orders') }}
    where row_status = 'accepted'

),

members as (

    select
        {{ account_key() }} as account_key,
        'account' as account_kind,
        source_system,
        account_id
    from accounts

),

-- people who bought without an account but left an e-mail address or a phone number
guest_orders as (

    select
        {{ guest_key() }} as account_key,
        source_system
    from orders
    where account_id is null and coalesce(guest_email, guest_phone) is not null

),

guests as (

    select
        account_key,
        'guest' as account_kind,
        min(source_system) as source_system,
        cast(null as string) as account_id
    from guest_orders
    group by account_key

),

unioned as (

    select * from members
    union all
    select * from guests

),

final as (

    select
        account_key,
        account_kind,
        source_system,
        account_id,
        -- a small number for the graph; its order means nothing
        row_number() over (order by account_key asc) as node
    from unioned

)

select * from final
