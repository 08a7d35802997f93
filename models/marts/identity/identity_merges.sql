{#- One row per link that joined two accounts, and per merge or split of customers between two builds. -#}
with

links as (

    select * from {{ ref('int_identity_links') }}

),

rules as (

    select * from {{ ref('identity_rules') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

register_rows as (

    select * from {{ ref('int_customer_register') }}

),

present_links as (

    select
        {{ salted_hash(["'link'", 'links.account_key', 'links.other_account_key', 'links.identifier_key']) }} as merge_id,
        'link' as merge_kind,
        links.account_key,
        links.other_account_key,
        links.identifier_type,
        links.identifier_key,
        accounts.customer_id as from_customer_id,
        accounts.customer_id as to_customer_id,
        cast(2 as bigint) as account_count,
        concat('both accounts carry the same ', links.identifier_type) as evidence,
        cast(rules.confidence as double) as confidence,
        links.linked_at as changed_at
    from links
    inner join accounts on links.account_key = accounts.account_key
    inner join accounts as other_accounts on links.other_account_key = other_accounts.account_key
    inner join rules on links.identifier_type = rules.identifier_type

),

-- accounts whose customer id another build had decided otherwise
changes as (

    select
        change_kind as merge_kind,
        previous_customer_id as from_customer_id,
        customer_id as to_customer_id,
        registered_as_of,
        min(account_key) as account_key,
        count(*) as account_count
    from register_rows
    where previous_customer_id is not null
    group by change_kind, previous_customer_id, customer_id, registered_as_of

),

recorded_changes as (

    select
        {{ salted_hash(['merge_kind', 'from_customer_id', 'to_customer_id', as_text('registered_as_of')]) }} as merge_id,
        merge_kind,
        account_key,
        cast(null as string) as other_account_key,
        cast(null as string) as identifier_type,
        cast(null as string) as identifier_key,
        from_customer_id,
        to_customer_id,
        cast(account_count as bigint) as account_count,
        case
            when merge_kind = 'merge' then 'identifiers join the accounts of both customers'
            else 'no identifier joins these accounts to the rest any more'
        end as evidence,
        cast(null as double) as confidence,
        {{ local_midnight('registered_as_of') }} as changed_at
    from changes

),

final as (

    select * from present_links
    union all
    select * from recorded_changes

)

select * from final
