{#-
  One row per account or guest identity, with the customer it belongs to: the register of customer
  ids decides, the identity graph says which accounts are one person. An account that the register does not
  know, as a build of the past may find in data delivered since, takes the id of its group, or one of its own.
-#}
{#- the graph and the register are private to the group identity -#}
{{ config(group='identity') }}
with

candidates as (

    select * from {{ ref('int_identity_candidates') }}

),

register_rows as (

    select * from {{ ref('int_customer_register') }}

),

present as (

    select
        account_key,
        max_by(customer_id, version) as customer_id
    from register_rows
    group by account_key

),

identified as (

    select
        candidates.*,
        present.customer_id,
        min(present.customer_id) over (partition by candidates.group_key) as group_customer_id,
        row_number() over (
            partition by candidates.group_key
            order by coalesce(candidates.first_seen_at, timestamp '1900-01-01 00:00:00') asc, candidates.account_key asc
        ) as group_rank
    from candidates
    left join present on candidates.account_key = present.account_key

),

final as (

    select
        account_key,
        coalesce(
            customer_id,
            group_customer_id,
            {{ salted_hash(["'customer'", 'min(case when group_rank = 1 then account_key end) over (partition by group_key)']) }}
        ) as customer_id,
        account_kind,
        source_system,
        account_scope,
        account_id,
        first_seen_at
    from identified

)

select * from final
