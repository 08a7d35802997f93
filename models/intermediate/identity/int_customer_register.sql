{#-
  One row per account and customer id that it has had: the memory that keeps customer ids stable.
  A build appends accounts that are new and accounts whose id changed, and nothing else; a full
  refresh keeps it. The row with the highest version is an account's present id. A build of the past
  appends nothing.

  Which id a group of accounts gets
    1. An id belongs to the group that holds its founding account; if that account is gone, to the
       group of its account seen first. The other groups split off.
    2. Of several ids in a group the one registered first survives (builds are numbered, so that their
       reference dates do not matter); the others are merged into it.
    3. A group without an id gets a new one: the salted hash of its account seen first.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}
with

build_date as (

    select * from {{ ref('int_build_date') }}

),

candidates as (

    select
        account_key,
        group_key,
        coalesce(first_seen_at, timestamp '1900-01-01 00:00:00') as first_seen_at
    from {{ ref('int_identity_candidates') }}

),

{% if is_incremental() -%}
{#- the register of an older version has no numbers -#}
{%- set register = table_of_last_build('intermediate', 'int_customer_register', is_kept=true) -%}
{%- set held = adapter.get_columns_in_relation(register) | map(attribute='name') | list if register else [] -%}
register_rows as (

    select
        *
        {%- if held and 'registration_number' not in held %},
        cast(null as bigint) as registration_number
        {%- endif %}
    from {{ this }}

),

register_ranks as (

    select
        *,
        row_number() over (partition by account_key order by version desc) as version_rank,
        min(coalesce(registration_number, 0)) over (partition by customer_id) as customer_registration_number,
        max(coalesce(registration_number, 0)) over () as last_registration_number
    from register_rows

),

previous as (

    select
        account_key,
        customer_id,
        founding_account_key,
        customer_registration_number,
        last_registration_number,
        version
    from register_ranks
    where version_rank = 1

),
{%- else -%}
previous as (

    select
        cast(null as string) as account_key,
        cast(null as string) as customer_id,
        cast(null as string) as founding_account_key,
        cast(null as bigint) as customer_registration_number,
        cast(null as bigint) as last_registration_number,
        cast(null as bigint) as version
    from build_date
    where 1 = 0

),
{%- endif %}

-- 1. the group that keeps an id
claims as (

    select
        previous.customer_id,
        previous.founding_account_key,
        previous.customer_registration_number,
        candidates.group_key,
        candidates.first_seen_at,
        row_number() over (
            partition by previous.customer_id
            order by
                case when candidates.account_key = previous.founding_account_key then 0 else 1 end asc,
                candidates.first_seen_at asc,
                candidates.account_key asc
        ) as claim_rank
    from previous
    inner join candidates on previous.account_key = candidates.account_key

),

-- 2. the id that a group keeps
kept_ranks as (

    select
        group_key,
        customer_id,
        founding_account_key,
        row_number() over (
            partition by group_key
            order by customer_registration_number asc, first_seen_at asc, customer_id asc
        ) as kept_rank
    from claims
    where claim_rank = 1

),

-- 3. the account seen first founds a new id
founder_ranks as (

    select
        group_key,
        account_key,
        row_number() over (
            partition by group_key
            order by first_seen_at asc, account_key asc
        ) as founder_rank
    from candidates

),

group_ids as (

    select
        founder_ranks.group_key,
        coalesce(
            kept_ranks.customer_id,
            {{ new_customer_id('founder_ranks.account_key') }}
        ) as customer_id,
        coalesce(kept_ranks.founding_account_key, founder_ranks.account_key) as founding_account_key
    from founder_ranks
    left join kept_ranks
        on
            founder_ranks.group_key = kept_ranks.group_key
            and kept_ranks.kept_rank = 1
    where founder_ranks.founder_rank = 1

),

kept_by as (

    select
        customer_id,
        group_key
    from claims
    where claim_rank = 1

),

decided as (

    select
        candidates.account_key,
        group_ids.customer_id,
        group_ids.founding_account_key,
        previous.customer_id as previous_customer_id,
        case
            when previous.account_key is null then 'registered'
            -- the whole id came over, or only this part left it
            when kept_by.group_key = candidates.group_key then 'merge'
            else 'split'
        end as change_kind,
        coalesce(previous.version, 0) + 1 as version
    from candidates
    inner join group_ids on candidates.group_key = group_ids.group_key
    left join previous on candidates.account_key = previous.account_key
    left join kept_by on previous.customer_id = kept_by.customer_id

),

last_registration as (

    select coalesce(max(last_registration_number), 0) as last_registration_number
    from previous

),

final as (

    select
        decided.account_key,
        decided.customer_id,
        cast(decided.version as bigint) as version,
        decided.change_kind,
        decided.previous_customer_id,
        decided.founding_account_key,
        build_date.as_of as registered_as_of,
        cast(last_registration.last_registration_number + 1 as bigint) as registration_number
    from decided
    cross join build_date
    cross join last_registration
    where
        not build_date.is_past
        and (decided.previous_customer_id is null or decided.previous_customer_id != decided.customer_id)

)

select * from final
