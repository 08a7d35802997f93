{#-
  One row per accepted account, before the erasure requests of this build are carried out: who is who, in
  hashes. Whom a request covers is known only from the graph, and the graph is made from these rows;
  the plain values of whoever asked are never written (base_table reads the list of erased people first).
-#}
{%- set identifier_types = ['email', 'phone', 'loyalty_card_no', 'social_id', 'device_id'] -%}
{%- set latin_name = matches_regex('full_name', '^[ -~]+$') -%}
{%- set name_words = per_engine(
    "array_to_string(list_sort(string_split(lower(full_name), ' ')), ' ')",
    "array_join(array_sort(split(lower(full_name), ' ')), ' ')"
) -%}
with

accounts as (

    select * from (
        {{ base_table('accounts', suppressions=known_suppressions()) }}
    ) as judged_accounts
    where row_status = 'accepted'

),

blocked_values as (

    select * from {{ ref('identity_blocked_values') }}

),

mailbox_rules as (

    select * from {{ ref('identity_mailbox_rules') }}

),

role_addresses as (

    select * from {{ ref('identity_role_addresses') }}

),

{% for identifier_type in identifier_types -%}
blocked_{{ identifier_type }} as (

    select
        accounts.{{ identifier_type }},
        min(blocked_values.reason) as blocked_reason
    from accounts
    inner join blocked_values
        on
            blocked_values.identifier_type = '{{ identifier_type }}'
            and lower(accounts.{{ identifier_type }}) like blocked_values.like_pattern
    group by accounts.{{ identifier_type }}

),

{% endfor -%}
final as (

    select
        -- key
        {{ account_key('accounts.source_system', 'accounts.account_id') }} as account_key,
        {{ account_root_key('accounts.source_system', 'accounts.account_id') }} as root_key,
        accounts.source_system,
        accounts.account_id,

        -- identifiers
        {%- for identifier_type in identifier_types %}
        case
            when accounts.{{ identifier_type }} is not null
                then {{ identifier_key("'" ~ identifier_type ~ "'", canonical_email('accounts.email') if identifier_type == 'email' else 'accounts.' ~ identifier_type) }}
        end as {{ identifier_type }}_key,
        blocked_{{ identifier_type }}.blocked_reason as {{ identifier_type }}_blocked_reason,
        {%- endfor %}
        role_addresses.local_part is not null as email_is_role,

        -- traits by which two people can be told apart
        {{ trait_key('birth_date', as_text('accounts.birth_date')) }} as birth_date_trait,
        {{ trait_key('latin_name', 'case when ' ~ latin_name ~ ' then ' ~ name_words ~ ' end') }} as latin_name_trait,
        {{ trait_key('other_name', 'case when not ' ~ latin_name ~ ' then ' ~ name_words ~ ' end') }} as other_name_trait,
        {{ trait_key('loyalty_card_no', 'accounts.loyalty_card_no') }} as loyalty_card_no_trait,
        {{ trait_key('social_id', 'accounts.social_id') }} as social_id_trait,
        accounts.gender,

        -- times
        {{ seen_at('accounts') }} as first_seen_at,
        coalesce(accounts.updated_at, accounts.registered_at) as seen_at
    from accounts
    {%- for identifier_type in identifier_types %}
    left join blocked_{{ identifier_type }} on accounts.{{ identifier_type }} = blocked_{{ identifier_type }}.{{ identifier_type }}
    {%- endfor %}
    {{ mailbox_rules_join('accounts.email') }}
    left join role_addresses on {{ mailbox_name('accounts.email') }} = role_addresses.local_part

)

select * from final
