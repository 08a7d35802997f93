{#- One row per erasure request that was carried out, with what was left over. -#}
{%- set tables = [
    'int_customer_accounts', 'int_identity_mentions', 'int_identity_accounts', 'int_customer_register',
    'int_device_owners', 'int_orders_identified',
] -%}
with

erasures as (

    select * from {{ ref('int_erasures') }}

),

suppressions as (

    select * from {{ ref('int_erasure_suppressions') }}

),

-- keys of erased people in the tables that all others are made from
leftovers as (

    {%- for table in tables %}
    {%- set key = 'device_key' if table == 'int_device_owners' else 'account_key' %}

    select count(*) as row_count
    from {{ ref(table) }} as found
    semi join suppressions on found.{{ key }} = suppressions.key_hash
    union all
    {%- endfor %}

    select count(*) as row_count
    from {{ ref('customers') }} as found
    semi join suppressions on found.customer_id = suppressions.key_hash

),

residue as (

    select cast(sum(row_count) as bigint) as residue
    from leftovers

),

final as (

    select
        -- key
        erasures.request_id,

        -- times
        erasures.requested_at,
        erasures.erased_as_of,

        -- measures
        cast(erasures.account_count as bigint) as accounts,
        residue.residue
    from erasures
    cross join residue

)

select * from final
