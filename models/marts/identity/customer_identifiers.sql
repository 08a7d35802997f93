{#- One row per identifier that accounts or guests carry: typed, hashed, whose it is, and whether it may join accounts. -#}
with

mentions as (

    select * from {{ ref('int_identity_mentions') }}

),

identifiers as (

    select * from {{ ref('int_identity_identifiers') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

contradicted as (

    select * from {{ ref('int_identity_contradicted_strong') }}
    union all
    select * from {{ ref('int_identity_contradicted_supporting') }}

),

carriers as (

    select
        mentions.identifier_key,
        count(*) as carrier_count,
        count(distinct accounts.customer_id) as customer_count,
        min(accounts.customer_id) as customer_id,
        sum(case when accounts.account_kind = 'account' then 1 else 0 end) as account_count,
        min(mentions.first_seen_at) as first_seen_at,
        max(mentions.last_seen_at) as last_seen_at
    from mentions
    inner join accounts on mentions.account_key = accounts.account_key
    group by mentions.identifier_key

),

judged as (

    select
        carriers.*,
        identifiers.identifier_type,
        identifiers.strength,
        coalesce(
            identifiers.blocked_reason,
            case
                when contradicted.contradiction is not null
                    then concat('contradicted_by_', contradicted.contradiction)
            end
        ) as blocked_reason
    from carriers
    inner join identifiers on carriers.identifier_key = identifiers.identifier_key
    left join contradicted on carriers.identifier_key = contradicted.identifier_key

),

final as (

    select
        -- key
        identifier_key,

        -- attributes
        identifier_type,
        case when customer_count = 1 then customer_id end as customer_id,
        strength,
        blocked_reason is not null as is_blocked,
        blocked_reason,

        -- measures
        cast(account_count as bigint) as account_count,
        cast(carrier_count - account_count as bigint) as guest_count,
        cast(customer_count as bigint) as customer_count,

        -- times
        first_seen_at,
        last_seen_at
    from judged

)

select * from final
