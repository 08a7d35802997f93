{#-
  Key of a member account: (account_scope, account_id), salted and hashed. Null without a system or an id.
  Base tables say in which scope an account id is unique (macros/staging/base_table.sql); a relation
  without that column, and rows of unit tests, count with their source system.
    account_id  column with the account; its scope stands beside it (referrer_account_id: referrer_account_scope)
-#}
{% macro account_key(source_system='source_system', account_id='account_id') -%}
    case
        when {{ source_system }} is not null and {{ account_id }} is not null
            then {{ salted_hash(["'account'", 'coalesce(' ~ account_id | replace('account_id', 'account_scope') ~ ', ' ~ source_system ~ ')', account_id]) }}
    end
{%- endmacro %}


{#- The same account before anybody who had it was erased: what a list of erased people keeps. -#}
{% macro account_root_key(source_system='source_system', account_id='account_id') -%}
    case
        when {{ source_system }} is not null and {{ account_id }} is not null
            then {{ salted_hash(["'account'", replace_regex('coalesce(' ~ account_id | replace('account_id', 'account_scope') ~ ', ' ~ source_system ~ ')', '~[0-9]+$', ''), account_id]) }}
    end
{%- endmacro %}


{#- Key of an account id that a row names without its system. -#}
{% macro bare_account_key(account_id) -%}
    {{ salted_hash(["'bare_account'", account_id]) }}
{%- endmacro %}


{#-
  Key of a guest from the contact that names it (macro guest_contact). Orders carry it as `guest_key`.
    erasure_count  how often a guest of this contact was erased; null: never
-#}
{% macro guest_key(contact, erasure_count=none) -%}
    case
        when {{ contact }} is not null
            then {{ salted_hash(["'guest'", contact] + ([as_text(erasure_count)] if erasure_count else [])) }}
    end
{%- endmacro %}
