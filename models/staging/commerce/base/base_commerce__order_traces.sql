{#-
  One row per accepted order, before the erasure requests of this build are carried out: when it was
  placed, and by which account, guest or device, in hashes. For the reference date and the identity graph,
  which both come before the list of erased people; see base_members__account_traces.
-#}
{{ config(post_hook='{{ require_orders(this) }}') }}
with

orders as (

    select * from (
        {{ base_table('orders', suppressions=known_suppressions()) }}
    ) as judged_orders
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

{%- set contacts = {'email': 'guest_email', 'phone': 'guest_phone', 'device_id': 'device_id'} %}
{% for identifier_type, column in contacts.items() %}
blocked_{{ identifier_type }} as (

    select
        orders.{{ column }},
        min(blocked_values.reason) as blocked_reason
    from orders
    inner join blocked_values
        on
            blocked_values.identifier_type = '{{ identifier_type }}'
            and lower(orders.{{ column }}) like blocked_values.like_pattern
    group by orders.{{ column }}

),
{% endfor %}
final as (

    select
        -- key
        coalesce({{ account_key('orders.source_system', 'orders.account_id') }}, orders.guest_key) as account_key,
        orders.guest_key,
        orders.guest_root_key,
        orders.source_system,

        -- identifiers; contacts of a guest, and the device of whoever it was
        {%- for identifier_type, column in contacts.items() %}
        case
            when orders.{{ column }} is not null {{ 'and orders.account_id is null' if identifier_type != 'device_id' }}
                then {{ identifier_key("'" ~ identifier_type ~ "'", canonical_email('orders.guest_email') if identifier_type == 'email' else 'orders.' ~ column) }}
        end as {{ identifier_type }}_key,
        blocked_{{ identifier_type }}.blocked_reason as {{ identifier_type }}_blocked_reason,
        {%- endfor %}
        role_addresses.local_part is not null as email_is_role,

        -- attributes
        orders.status,

        -- times
        orders.ordered_at
    from orders
    {%- for identifier_type, column in contacts.items() %}
    left join blocked_{{ identifier_type }} on orders.{{ column }} = blocked_{{ identifier_type }}.{{ column }}
    {%- endfor %}
    {{ mailbox_rules_join('orders.guest_email') }}
    left join role_addresses on {{ mailbox_name('orders.guest_email') }} = role_addresses.local_part

)

select * from final
