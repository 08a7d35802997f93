{#- Key of a member account: (source_system, account_id), salted and hashed. Null without either. -#}
{% macro account_key(source_system='source_system', account_id='account_id') -%}
    case
        when {{ source_system }} is not null and {{ account_id }} is not null
            then {{ salted_hash(["'account'", source_system, account_id]) }}
    end
{%- endmacro %}


{#- Key of a guest: the first present of e-mail and phone. Null without both; a device alone makes no guest. -#}
{% macro guest_key(email='guest_email', phone='guest_phone') -%}
    case
        when {{ email }} is not null or {{ phone }} is not null
            then {{ salted_hash(["'guest'", 'coalesce(' ~ email ~ ', ' ~ phone ~ ')']) }}
    end
{%- endmacro %}


{#- The id of a new customer: the salted hash of its founding account. -#}
{% macro new_customer_id(account_key, variable='customer360_salt') -%}
    {{ salted_hash(["'customer'", account_key], variable) }}
{%- endmacro %}
