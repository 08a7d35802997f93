{#-
  One row per erasure request and key that it covers: accounts and guests, devices, other identifiers and
  customer ids of people who asked for erasure. Salted hashes, and up to when they are the person's;
  nothing else. A memory: appended to, kept by a full refresh.

  Base tables leave out what it names while they are made (macros/staging/erased_rows.sql). Tables
  that were made before, in this build or an earlier one, are cleaned when it is (macro carry_out_erasures).

    key_hash    the key as the warehouse had it
    root_hash   the key of the same value before anybody with it was erased: what later rows are compared with
-#}
{#- the graph is private to the group identity; staging must see whom it leaves out -#}
{{ config(
    group='identity',
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    post_hook="{{ carry_out_erasures() }}"
) }}
-- depends_on: {{ ref('int_identity_links_supporting') }}
-- depends_on: {{ ref('int_erasures') }}
{%- set register = table_of_last_build('intermediate', 'int_customer_register', is_kept=true) %}
with

targets as (

    select * from {{ ref('int_erasure_targets') }}

),

target_accounts as (

    select
        account_key,
        min(request_id) as request_id,
        max(requested_at) as requested_at
    from targets
    group by account_key

),

nodes as (

    select * from {{ ref('int_identity_accounts') }}

),

mentions as (

    select * from {{ ref('int_identity_mentions') }}

),

sightings as (

    select * from {{ ref('int_erasure_sightings') }}

),

-- 1. an account id that no other account has covers rows that do not name their system
bare_ids as (

    select
        nodes.bare_key,
        max(target_accounts.requested_at) as requested_at,
        min(target_accounts.request_id) as request_id
    from nodes
    left join target_accounts on nodes.account_key = target_accounts.account_key
    where nodes.bare_key is not null
    group by nodes.bare_key
    having count(*) = count(target_accounts.account_key)

),

-- 2. identifiers that nobody else carries go with the person
carried as (

    select
        mentions.identifier_type,
        mentions.identifier_key,
        max(target_accounts.requested_at) as requested_at,
        min(target_accounts.request_id) as request_id
    from mentions
    left join target_accounts on mentions.account_key = target_accounts.account_key
    group by mentions.identifier_type, mentions.identifier_key
    having count(*) = count(target_accounts.account_key)

),

-- 3. and so do devices on which nobody else was seen
seen_devices as (

    select
        sightings.device_key,
        max(targets.requested_at) as requested_at,
        min(targets.request_id) as request_id
    from sightings
    left join targets
        on
            sightings.root_key = targets.root_key
            and sightings.is_target
    where sightings.device_key is not null
    group by sightings.device_key
    having min(case when sightings.is_target then 1 else 0 end) = 1

),

{% if register -%}
-- 4. a customer id that living accounts share is not the person's alone
customers as (

    select
        register_rows.customer_id,
        max(target_accounts.requested_at) as requested_at,
        min(target_accounts.request_id) as request_id
    from {{ register }} as register_rows
    left join target_accounts on register_rows.account_key = target_accounts.account_key
    group by register_rows.customer_id
    having count(*) = count(target_accounts.account_key)

),

{% endif -%}
keys as (

    select
        request_id,
        'account' as key_kind,
        account_key as key_hash,
        root_key as root_hash,
        requested_at as suppressed_until
    from targets
    union all
    select
        request_id,
        'bare_account' as key_kind,
        bare_key as key_hash,
        bare_key as root_hash,
        requested_at as suppressed_until
    from bare_ids
    union all
    select
        request_id,
        case when identifier_type = 'device_id' then 'device' else 'identifier' end as key_kind,
        identifier_key as key_hash,
        identifier_key as root_hash,
        requested_at as suppressed_until
    from carried
    union all
    select
        request_id,
        'device' as key_kind,
        device_key as key_hash,
        device_key as root_hash,
        requested_at as suppressed_until
    from seen_devices
    {%- if register %}
    union all
    select
        request_id,
        'customer' as key_kind,
        customer_id as key_hash,
        customer_id as root_hash,
        requested_at as suppressed_until
    from customers
    {%- endif %}

),

final as (

    select
        key_kind,
        key_hash,
        root_hash,
        suppressed_until,
        request_id
    from keys
    group by key_kind, key_hash, root_hash, suppressed_until, request_id

)

select * from final
