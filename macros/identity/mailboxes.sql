{#-
  Spellings of one mailbox (seed identity_mailbox_rules): a provider may ignore dots and what follows a
  mark, and be known under several domains. Who hashes an e-mail address joins the rules and takes the
  canonical form, so that every spelling has one key. Providers without a rule keep addresses as written.
-#}


{#- Left join of the rules to a relation with an address. -#}
{%- macro mailbox_rules_join(email, rules='mailbox_rules') -%}
    left join {{ rules }}{{ ' as mailbox_rules' if rules != 'mailbox_rules' }} on split_part(lower({{ email }}), '@', 2) = mailbox_rules.domain
{%- endmacro -%}


{#- The address in the form that its key is made from; as written where no rule applies, or nothing would be left. -#}
{%- macro canonical_email(email) -%}
    {%- set untagged -%}
        split_part(split_part(lower({{ email }}), '@', 1), coalesce(mailbox_rules.tag_mark, '@'), 1)
    {%- endset -%}
    case
        when mailbox_rules.domain is null or {{ untagged }} = '' then {{ email }}
        else concat(
            case when mailbox_rules.ignores_dots then replace({{ untagged }}, '.', '') else {{ untagged }} end,
            '@', mailbox_rules.canonical_domain
        )
    end
{%- endmacro -%}


{#- What stands before the @ and a tag: may be the name of a role (seed identity_role_addresses). -#}
{%- macro mailbox_name(email) -%}
    split_part(split_part(lower({{ email }}), '@', 1), '+', 1)
{%- endmacro -%}
