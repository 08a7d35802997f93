{#-
  One row per source system and account id: the account that is meant, and whose it is. Systems that share an
  id space (seed account_id_spaces) name one account; what they tell of it joins through this view.
-#}
{{ config(materialized='view') }}
with

accounts as (

    select * from {{ ref('int_customer_accounts') }}
    where account_id is not null

),

id_spaces as (

    select * from {{ ref('account_id_spaces') }}

),

final as (

    select
        coalesce(id_spaces.source_system, accounts.source_system) as source_system,
        accounts.account_id,
        accounts.account_key,
        accounts.customer_id
    from accounts
    left join id_spaces on {{ id_space_of('accounts.account_scope') }} = id_spaces.id_space

)

select * from final
