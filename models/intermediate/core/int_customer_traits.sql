{#- One row per customer with an account: each attribute from the account that was updated last and knows it. -#}
{{ config(materialized='view') }}
{%- set newest = [
    ('gender', 'genders.gender'), ('birth_date', 'birth_date'), ('country', 'country'), ('region', 'region'),
    ('city', 'city'), ('occupation', 'occupation'), ('education', 'education'), ('income_band', 'income_band'),
    ('registration_channel', 'registration_channel'),
    ('preferred_contact_channel', 'preferred_contact_channel'), ('member_tier', 'member_tier'),
] %}
with

account_names as (

    select * from {{ ref('int_account_names') }}

),

profiles as (

    select * from {{ ref('stg_members__accounts') }}

),

genders as (

    select * from {{ ref('genders') }}

),

attributes as (

    select
        account_names.customer_id,
        concat(
            {{ as_text("coalesce(profiles.updated_at, profiles.registered_at, timestamp '1900-01-01 00:00:00')") }},
            account_names.account_key,
            profiles.source_system
        ) as recency_key,
        {%- for name, source in newest %}
        {{ source if '.' in source else 'profiles.' ~ source }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from account_names
    inner join profiles
        on
            account_names.source_system = profiles.source_system
            and account_names.account_id = profiles.account_id
    left join genders on profiles.gender = genders.source_word

),

final as (

    select
        customer_id,
        {%- for name, source in newest %}
        max_by({{ name }}, recency_key) filter (where {{ name }} is not null) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from attributes
    group by customer_id

)

select * from final
