{#-
  Orders: CTEs that say which contacts of guests are nobody's (seed identity_blocked_values: made-up
  values and addresses of machines; seed identity_role_addresses: those of a desk that several people
  sit at), and which guests are on the list.
-#}
{% macro guest_contacts_ctes(typed, blocked_values, role_addresses) -%}
guest_contacts as (

    {%- for column, identifier_type in contact_columns('orders').items() %}

    select
        '{{ identifier_type }}' as identifier_type,
        {{ column }} as contact
    from {{ typed }}
    where account_id is null and {{ column }} is not null
    group by {{ column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

blocked_contacts as (

    select
        guest_contacts.identifier_type,
        guest_contacts.contact
    from guest_contacts
    inner join {{ blocked_values }} as blocked_values
        on
            guest_contacts.identifier_type = blocked_values.identifier_type
            and lower(guest_contacts.contact) like blocked_values.like_pattern
    group by guest_contacts.identifier_type, guest_contacts.contact
    union
    select
        guest_contacts.identifier_type,
        guest_contacts.contact
    from guest_contacts
    inner join {{ role_addresses }} as role_addresses on {{ mailbox_name('guest_contacts.contact') }} = role_addresses.local_part
    where guest_contacts.identifier_type = 'email'

),

hashed_guests as (

    select
        guest_contacts.contact,
        {{ guest_key('guest_contacts.contact') }} as root_hash
    from guest_contacts
    cross join any_erasure
    group by guest_contacts.contact

),

guest_limits as (

    select
        hashed_guests.contact,
        erasure_limits.suppressed_until,
        erasure_limits.erasure_count
    from hashed_guests
    inner join erasure_limits
        on
            hashed_guests.root_hash = erasure_limits.root_hash
            and erasure_limits.key_kind = 'account'

)
{%- endmacro %}

{#- The contact that names a guest: the first of e-mail and phone that is not nobody's; null with an account. -#}
{% macro guest_contact(orders) -%}
    case
        when {{ orders }}.account_id is null then coalesce(
            case when blocked_emails.contact is null then {{ orders }}.guest_email end,
            case when blocked_phones.contact is null then {{ orders }}.guest_phone end
        )
    end
{%- endmacro %}

{% macro guest_contacts_joins(orders) -%}
    left join blocked_contacts as blocked_emails
        on {{ orders }}.guest_email = blocked_emails.contact and blocked_emails.identifier_type = 'email'
    left join blocked_contacts as blocked_phones
        on {{ orders }}.guest_phone = blocked_phones.contact and blocked_phones.identifier_type = 'phone'
    left join guest_limits on {{ guest_contact(orders) }} = guest_limits.contact
{%- endmacro %}
