{#- One row per account or guest with identifiers, and the group that it belongs to: one person, as far as the data tell. -#}
with

accounts as (

    select * from {{ ref('int_identity_accounts') }}

),

strong_groups as (

    select * from {{ ref('int_identity_groups_strong') }}

),

supporting_groups as (

    select * from {{ ref('int_identity_groups_supporting') }}

),

labelled as (

    select
        accounts.account_key,
        coalesce(supporting_groups.label, strong_groups.label, accounts.node) as label
    from accounts
    left join strong_groups on accounts.node = strong_groups.node
    left join supporting_groups on coalesce(strong_groups.label, accounts.node) = supporting_groups.node

),

final as (

    select
        account_key,
        -- the smallest key names the group, whichever way the rounds went
        min(account_key) over (partition by label) as group_key
    from labelled

)

select * from final
