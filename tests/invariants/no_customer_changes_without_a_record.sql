{#- Guards that no account changes customer between two builds without a merge or split on record. -#}
{{ config(group='identity') }}
with

register_rows as (

    select * from {{ ref('int_customer_register') }}

),

recorded_merges as (

    select * from {{ ref('identity_merges') }}

)

select register_rows.account_key
from register_rows
anti join recorded_merges
    on
        register_rows.previous_customer_id = recorded_merges.from_customer_id
        and register_rows.customer_id = recorded_merges.to_customer_id
        and register_rows.change_kind = recorded_merges.merge_kind
where register_rows.version > 1
