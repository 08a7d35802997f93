{#-
  Guards that a customer is one group of accounts and a group is one customer: no id is shared by people whom
  nothing joins, and nobody whom the graph joins is counted twice. A build of the past takes the customers of
  the register, which know more than its graph.
-#}
{{ config(group='identity') }}
with

candidates as (

    select * from {{ ref('int_identity_candidates') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

pairs as (

    select
        candidates.group_key,
        accounts.customer_id
    from candidates
    cross join {{ ref('int_build_date') }} as build_date
    left join accounts on candidates.account_key = accounts.account_key
    where not build_date.is_past
    group by candidates.group_key, accounts.customer_id

)

select
    'group with several customers' as problem,
    group_key as key_value
from pairs
group by group_key
having count(*) > 1 or count(customer_id) = 0
union all
select
    'customer with several groups' as problem,
    customer_id as key_value
from pairs
group by customer_id
having count(*) > 1
