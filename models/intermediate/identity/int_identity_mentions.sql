{#-
  One row per account or guest and identifier that it carries: typed, hashed, with the value judged against
  the seeds identity_blocked_values and identity_channel_exceptions. The address of a role (info@…) is a
  weak identifier of its own type.
-#}
{%- set role_or = "case when email_is_role then 'role_email' else 'email' end" -%}
with

accounts as (

    select * from {{ ref('base_members__account_traces') }}

),

orders as (

    select * from {{ ref('base_commerce__order_traces') }}

),

channel_exceptions as (

    select * from {{ ref('identity_channel_exceptions') }}

),

carried as (

    {%- for identifier_type in ['email', 'phone', 'loyalty_card_no', 'social_id', 'device_id'] %}

    select
        account_key,
        source_system,
        {{ role_or if identifier_type == 'email' else "'" ~ identifier_type ~ "'" }} as identifier_type,
        {{ identifier_type }}_key as identifier_key,
        {{ identifier_type }}_blocked_reason as blocked_reason,
        seen_at
    from accounts
    where {{ identifier_type }}_key is not null
    union all
    {%- endfor %}
    {%- for identifier_type in ['email', 'phone', 'device_id'] %}

    select
        account_key,
        source_system,
        {{ role_or if identifier_type == 'email' else "'" ~ identifier_type ~ "'" }} as identifier_type,
        {{ identifier_type }}_key as identifier_key,
        {{ identifier_type }}_blocked_reason as blocked_reason,
        ordered_at as seen_at
    from orders
    where {{ identifier_type }}_key is not null and account_key is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        carried.account_key,
        carried.identifier_type,
        carried.identifier_key,
        min(carried.seen_at) as first_seen_at,
        max(carried.seen_at) as last_seen_at,
        max(carried.blocked_reason) as blocked_reason,
        min(case when channel_exceptions.identifier_type is null then 0 else 1 end) = 1 as is_channel_exception
    from carried
    left join channel_exceptions
        on
            carried.source_system = channel_exceptions.source_system
            and carried.identifier_type = channel_exceptions.identifier_type
    group by carried.account_key, carried.identifier_type, carried.identifier_key

)

select * from final
