{#- One row per identifier: how many accounts carry it, and whether it may join them at all. -#}
with

mentions as (

    select * from {{ ref('int_identity_mentions') }}

),

accounts as (

    select * from {{ ref('int_identity_accounts') }}

),

rules as (

    select * from {{ ref('identity_rules') }}

),

counted as (

    select
        mentions.identifier_type,
        mentions.identifier_key,
        count(*) as carrier_count,
        sum(case when accounts.account_kind = 'account' then 1 else 0 end) as account_count,
        max(mentions.blocked_reason) as blocked_reason,
        min(case when mentions.is_channel_exception then 1 else 0 end) = 1 as is_channel_exception,
        min(mentions.first_seen_at) as first_seen_at,
        max(mentions.last_seen_at) as last_seen_at
    from mentions
    inner join accounts on mentions.account_key = accounts.account_key
    group by mentions.identifier_type, mentions.identifier_key

),

final as (

    select
        counted.identifier_key,
        counted.identifier_type,
        rules.strength,
        cast(counted.carrier_count as bigint) as carrier_count,
        cast(counted.account_count as bigint) as account_count,
        case
            when counted.blocked_reason is not null then counted.blocked_reason
            when counted.is_channel_exception then 'channel_exception'
            when counted.account_count > rules.max_accounts then 'too_many_accounts'
        end as blocked_reason,
        counted.first_seen_at,
        counted.last_seen_at
    from counted
    inner join rules on counted.identifier_type = rules.identifier_type

)

select * from final
