{#-
  Spellings of one mailbox (seed identity_mailbox_rules): a provider may ignore dots and what follows a
  mark, and be known under several domains. Who hashes an identifier joins the rules and takes the
  canonical value, so that every spelling has one key. Providers without a rule keep addresses as written.
-#}


{#- Condition of the left join on the rules. -#}
{%- macro mailbox_rule_applies(identifier_type, identifier_value, rules) -%}
    {{ identifier_type }} = 'email' and split_part(lower({{ identifier_value }}), '@', 2) = {{ rules }}.domain
{%- endmacro -%}


{#- The identifier in the form that its key is made from; as written where no rule applies, or nothing would be left. -#}
{%- macro canonical_identifier(identifier_type, identifier_value, rules) -%}
    {%- set untagged -%}
        split_part(split_part(lower({{ identifier_value }}), '@', 1), coalesce({{ rules }}.tag_mark, '@'), 1)
    {%- endset -%}
    case
        when {{ rules }}.domain is null or {{ untagged }} = '' then {{ identifier_value }}
        else concat(
            case when {{ rules }}.ignores_dots then replace({{ untagged }}, '.', '') else {{ untagged }} end,
            '@', {{ rules }}.canonical_domain
        )
    end
{%- endmacro -%}
