{#-
  One row per account and trait by which two people can be told apart, hashed: birth date, gender,
  name (words in any order, Latin and other scripts apart), loyalty card, social account, e-mail address.
-#}
{%- set trait_forms = {
    'birth_date': 'birth_date', 'latin_name': 'name', 'other_name': 'name',
    'loyalty_card_no': 'loyalty_card_no', 'social_id': 'social_id',
} -%}
with

accounts as (

    select * from {{ ref('base_members__account_traces') }}

),

genders as (

    select * from {{ ref('genders') }}

),

final as (

    {%- for trait_form, trait in trait_forms.items() %}

    select
        account_key,
        '{{ trait }}' as trait,
        '{{ trait_form }}' as trait_form,
        {{ trait_form }}_trait as trait_key
    from accounts
    where {{ trait_form }}_trait is not null
    union all
    {%- endfor %}

    select
        accounts.account_key,
        'gender' as trait,
        'gender' as trait_form,
        {{ salted_hash(["'trait'", "'gender'", 'genders.gender']) }} as trait_key
    from accounts
    inner join genders on accounts.gender = genders.source_word
    where genders.gender in ('female', 'male')
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
