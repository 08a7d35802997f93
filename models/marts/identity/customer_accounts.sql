{#- One row per account or guest: the customer it belongs to, and why. -#}
with

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

links as (

    select * from {{ ref('int_identity_links') }}

),

mentions as (

    select * from {{ ref('int_identity_mentions') }}

),

rules as (

    select * from {{ ref('identity_rules') }}

),

customer_sizes as (

    select
        customer_id,
        count(*) as account_count
    from accounts
    group by customer_id

),

-- 1. what an account has in common with others of its customer
link_ends as (

    select
        account_key,
        identifier_type
    from links
    union all
    select
        other_account_key as account_key,
        identifier_type
    from links

),

-- a weak identifier joins nobody, but one that several accounts of a customer carry supports the match
shared_weakly as (

    select
        accounts.customer_id,
        mentions.identifier_key
    from mentions
    inner join accounts on mentions.account_key = accounts.account_key
    inner join rules on mentions.identifier_type = rules.identifier_type
    where rules.strength = 'weak' and mentions.blocked_reason is null
    group by accounts.customer_id, mentions.identifier_key
    having count(*) > 1

),

weak_support as (

    select
        accounts.account_key,
        mentions.identifier_type
    from mentions
    inner join accounts on mentions.account_key = accounts.account_key
    inner join shared_weakly
        on
            accounts.customer_id = shared_weakly.customer_id
            and mentions.identifier_key = shared_weakly.identifier_key
    semi join link_ends on accounts.account_key = link_ends.account_key

),

evidence as (

    select
        account_key,
        identifier_type
    from link_ends
    union
    select
        account_key,
        identifier_type
    from weak_support

),

-- 2. independent evidence adds up: the match is wrong only if every piece of it is
scored as (

    select
        evidence.account_key,
        {{ ordered_string_agg('evidence.identifier_type', ', ', '-rules.confidence') }} as shared_types,
        min_by(evidence.identifier_type, concat(cast(cast((1 - rules.confidence) * 1000 as int) + 1000 as string), evidence.identifier_type)) as matched_through,
        1e0 - exp(sum(ln(1e0 - cast(rules.confidence as double)))) as match_confidence
    from evidence
    inner join rules on evidence.identifier_type = rules.identifier_type
    group by evidence.account_key

),

final as (

    select
        -- key
        accounts.account_key,

        -- attributes
        accounts.customer_id,
        accounts.account_kind,
        accounts.source_system,
        accounts.account_id,
        case
            when customer_sizes.account_count = 1 then 'only account of the customer'
            -- a build of the past: the register knows what joined them later
            when scored.shared_types is null then concat(
                'joined by later data within ', {{ as_text('customer_sizes.account_count') }}, ' accounts of the customer'
            )
            else concat(
                'shares ', scored.shared_types, ' within ',
                {{ as_text('customer_sizes.account_count') }}, ' accounts of the customer'
            )
        end as match_reason,
        scored.matched_through,

        -- measures
        case
            when customer_sizes.account_count = 1 then 1e0
            else coalesce(round(scored.match_confidence, 4), 1e0)
        end as match_confidence,

        -- times
        accounts.first_seen_at
    from accounts
    inner join customer_sizes on accounts.customer_id = customer_sizes.customer_id
    left join scored on accounts.account_key = scored.account_key

)

select * from final
