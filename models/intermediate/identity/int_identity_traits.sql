{#-
  One row per account and trait by which two people can be told apart, hashed: birth date, gender,
  name (words in any order, Latin and other scripts apart), loyalty card, social account, e-mail address.
-#}
{%- set latin_name = matches_regex('full_name', '^[ -~]+$') -%}
{%- set name_words = per_engine(
    "array_to_string(list_sort(string_split(lower(full_name), ' ')), ' ')",
    "array_join(array_sort(split(lower(full_name), ' ')), ' ')"
) -%}
with

accounts as (

    select * from {{ ref('base_members__accounts') }}
    where row_status = 'accepted'

),

genders as (

    select * from {{ ref('genders') }}

),

traits as (

    select {{ account_key() }} as account_key, 'birth_date' as trait, 'birth_date' as trait_form, {{ as_text('birth_date') }} as trait_value
    from accounts
    where birth_date is not null
    union all
    select {{ account_key() }}, 'name', 'latin_name', {{ name_words }}
    from accounts
    where full_name is not null and {{ latin_name }}
    union all
    select {{ account_key() }}, 'name', 'other_name', {{ name_words }}
    from accounts
    where full_name is not null and not {{ latin_name }}
    union all
    select {{ account_key() }}, 'gender', 'gender', genders.gender
    from accounts
    inner join genders on accounts.gender = genders.source_word
    where genders.gender in ('female', 'male')
    union all
    select {{ account_key() }}, 'loyalty_card_no', 'loyalty_card_no', loyalty_card_no
    from accounts
    where loyalty_card_no is not null
    union all
    select {{ account_key() }}, 'social_id', 'social_id', social_id
    from accounts
    where social_id is not null

),

hashed as (

    select
        account_key,
        trait,
        trait_form,
        {{ salted_hash(["'trait'", 'trait_form', 'trait_value']) }} as trait_key
    from traits

),

final as (

    select * from hashed
    union all
    -- an address that several accounts of a group carry speaks for the group (contradicted_identifiers)
    select
        account_key,
        'repeated_email' as trait,
        'repeated_email' as trait_form,
        identifier_key as trait_key
    from {{ ref('int_identity_mentions') }}
    where identifier_type = 'email' and blocked_reason is null

)

select * from final
