{#-
  One row per account and identifier that it carries: typed, hashed, with the value judged against
  the seeds identity_blocked_values and identity_channel_exceptions. Spellings of one mailbox (seed
  identity_mailbox_rules) are one identifier; the address of a role (info@…) is a weak one of its own
  type. Here identifiers are hashed; no plain value goes further.
-#}
{%- set account_types = ['email', 'phone', 'loyalty_card_no', 'social_id', 'device_id'] -%}
with

accounts as (

    select * from {{ ref('base_members__accounts') }}
    where row_status = 'accepted'

),

orders as (

    select * from {{ ref('base_commerce__orders') }}
    where row_status = 'accepted'

),

blocked_values as (

    select * from {{ ref('identity_blocked_values') }}

),

channel_exceptions as (

    select * from {{ ref('identity_channel_exceptions') }}

),

mailbox_rules as (

    select * from {{ ref('identity_mailbox_rules') }}

),

role_addresses as (

    select * from {{ ref('identity_role_addresses') }}

),

plain_mentions as (

    {%- for identifier_type in account_types %}

    select
        {{ account_key() }} as account_key,
        source_system,
        '{{ identifier_type }}' as identifier_type,
        {{ identifier_type }} as identifier_value,
        coalesce(updated_at, registered_at) as seen_at
    from accounts
    where {{ identifier_type }} is not null
    union all
    {%- endfor %}
    {%- for column, identifier_type in [('guest_email', 'email'), ('guest_phone', 'phone')] %}

    select
        {{ guest_key() }} as account_key,
        source_system,
        '{{ identifier_type }}' as identifier_type,
        {{ column }} as identifier_value,
        ordered_at as seen_at
    from orders
    where account_id is null and {{ column }} is not null
    union all
    {%- endfor %}

    select
        coalesce({{ account_key() }}, {{ guest_key() }}) as account_key,
        source_system,
        'device_id' as identifier_type,
        device_id as identifier_value,
        ordered_at as seen_at
    from orders
    where device_id is not null and coalesce(account_id, guest_email, guest_phone) is not null

),

mentions as (

    select
        account_key,
        source_system,
        identifier_type,
        identifier_value,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from plain_mentions
    group by account_key, source_system, identifier_type, identifier_value

),

-- made-up values, and values of a channel that says nothing about the person
blocked as (

    select
        mentions.identifier_type,
        mentions.identifier_value,
        min(blocked_values.reason) as blocked_reason
    from mentions
    inner join blocked_values
        on
            mentions.identifier_type = blocked_values.identifier_type
            and lower(mentions.identifier_value) like blocked_values.like_pattern
    group by mentions.identifier_type, mentions.identifier_value

),

-- as it is known to the provider, and whether it stands for a role
known_as as (

    select
        mentions.*,
        {{ canonical_identifier('mentions.identifier_type', 'mentions.identifier_value', 'mailbox_rules') }} as canonical_value,
        role_addresses.local_part is not null as is_role
    from mentions
    left join mailbox_rules on {{ mailbox_rule_applies('mentions.identifier_type', 'mentions.identifier_value', 'mailbox_rules') }}
    left join role_addresses
        on
            mentions.identifier_type = 'email'
            and split_part(split_part(lower(mentions.identifier_value), '@', 1), '+', 1) = role_addresses.local_part

),

final as (

    select
        known_as.account_key,
        case when known_as.is_role then 'role_email' else known_as.identifier_type end as identifier_type,
        {{ identifier_key('known_as.identifier_type', 'known_as.canonical_value') }} as identifier_key,
        min(known_as.first_seen_at) as first_seen_at,
        max(known_as.last_seen_at) as last_seen_at,
        max(blocked.blocked_reason) as blocked_reason,
        min(case when channel_exceptions.identifier_type is null then 0 else 1 end) = 1 as is_channel_exception
    from known_as
    left join blocked
        on
            known_as.identifier_type = blocked.identifier_type
            and known_as.identifier_value = blocked.identifier_value
    left join channel_exceptions
        on
            known_as.source_system = channel_exceptions.source_system
            and known_as.identifier_type = channel_exceptions.identifier_type
    group by known_as.account_key, known_as.identifier_type, known_as.canonical_value, known_as.is_role

)

select * from final
