{#-
  One row per account, guest or device that anything names, with the person behind it (customer, else the
  account, guest or device itself) and that person's number: numbers join and sort many times as fast as
  keys of 64 characters. Numbers hold for one build and mean nothing.
-#}
with

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

web_events as (

    select * from {{ ref('int_web_events_sessioned') }}
    where not is_tombstone

),

recorded as (

    select * from {{ ref('int_touchpoints_recorded') }}
    where not is_tombstone

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

-- 1. every key that a touchpoint may end up with
named as (

    {%- for name, key in [
        ('accounts', 'account_key'), ('unique_ids', 'account_key'), ('web_events', 'account_key'),
        ('web_events', 'device_key'), ('recorded', 'account_key'), ('recorded', 'device_key'),
    ] %}
    select {{ key }} as identity_key
    from {{ name }}
    where {{ key }} is not null
    group by {{ key }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

keys as (

    select identity_key
    from named
    group by identity_key

),

-- 2. several accounts may be one person
identities as (

    select
        keys.identity_key,
        accounts.customer_id
    from keys
    left join accounts on keys.identity_key = accounts.account_key

),

final as (

    select
        identity_key,
        customer_id,
        coalesce(customer_id, identity_key) as person_key,
        cast(dense_rank() over (order by coalesce(customer_id, identity_key)) as bigint) as person_number
    from identities

)

select * from final
