{#-
  One row per account or guest identity, with the customer it belongs to: the register of customer
  ids decides, the identity graph says which accounts are one person.
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

final as (

    select
        candidates.account_key,
        present.customer_id,
        candidates.account_kind,
        candidates.source_system,
        candidates.account_id,
        candidates.first_seen_at
    from candidates
    inner join present on candidates.account_key = present.account_key

)

select * from final
