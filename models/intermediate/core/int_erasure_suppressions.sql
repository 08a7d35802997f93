{#-
  One row per key that may not come back: accounts and guests, devices, identifiers and customer ids of
  people who asked for erasure. Salted hashes, nothing else. A memory: appended to, kept by a full refresh.

  When it is built, everything it names is taken out of the base tables and of all tables of earlier
  builds (macro carry_out_erasures); every staging view waits for it.
-#}
{#- the graph is private to the group identity; staging must see that the erasure is done -#}
{{ config(
    group='identity',
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    post_hook="{{ carry_out_erasures() }}"
) }}
{%- for table in contract_tables() %}
-- depends_on: {{ ref(table.base) }}
{%- endfor %}
-- depends_on: {{ ref('int_identity_links_supporting') }}
-- depends_on: {{ ref('int_erasures') }}
with

targets as (

    select account_key
    from {{ ref('int_erasure_targets') }}
    group by account_key

),

mentions as (

    select
        mentions.account_key,
        mentions.identifier_key,
        mentions.identifier_type
    from {{ ref('int_identity_mentions') }} as mentions

),

-- identifiers that nobody else carries go with the person
carriers as (

    select
        mentions.identifier_key,
        mentions.identifier_type,
        count(*) as carrier_count,
        count(targets.account_key) as target_count
    from mentions
    left join targets on mentions.account_key = targets.account_key
    group by mentions.identifier_key, mentions.identifier_type

),

keys as (

    select
        'account' as key_kind,
        account_key as key_hash
    from targets
    union all
    select
        case when identifier_type = 'device_id' then 'device' else 'identifier' end as key_kind,
        identifier_key as key_hash
    from carriers
    where carrier_count = target_count

),

final as (

    select
        keys.key_kind,
        keys.key_hash
    from keys
    {%- if is_incremental() %}
    anti join {{ this }} as known
        on
            keys.key_kind = known.key_kind
            and keys.key_hash = known.key_hash
    {%- endif %}

)

select * from final
