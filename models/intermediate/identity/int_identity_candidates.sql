{#- One row per account or guest that somebody must answer for: with its group and its first trace in any source. -#}
with

mentions as (

    select * from {{ ref('int_account_mentions') }}

),

orders as (

    select * from {{ ref('stg_commerce__orders') }}

),

groups as (

    select * from {{ ref('int_identity_groups') }}

),

guests as (

    select
        guest_key as account_key,
        min(source_system) as source_system,
        min(ordered_at) as first_seen_at
    from orders
    where guest_key is not null
    group by guest_key

),

unioned as (

    select
        account_key,
        'account' as account_kind,
        source_system,
        account_scope,
        account_id,
        first_seen_at
    from mentions
    union all
    select
        account_key,
        'guest' as account_kind,
        source_system,
        cast(null as string) as account_scope,
        cast(null as string) as account_id,
        first_seen_at
    from guests

),

final as (

    select
        unioned.account_key,
        -- an account without identifiers is a person of its own
        coalesce(groups.group_key, unioned.account_key) as group_key,
        unioned.account_kind,
        unioned.source_system,
        unioned.account_scope,
        unioned.account_id,
        unioned.first_seen_at
    from unioned
    left join groups on unioned.account_key = groups.account_key

)

select * from final
