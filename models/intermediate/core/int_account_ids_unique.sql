{#-
  One row per account_id that only one source system uses. A row that names an account without
  its system attaches through this table, and stays unattached where the id is not unique.
-#}
with

mentions as (

    select * from {{ ref('int_account_mentions') }}

),

final as (

    select
        account_id,
        min(source_system) as source_system,
        min(account_key) as account_key
    from mentions
    group by account_id
    having count(*) = 1

)

select * from final
