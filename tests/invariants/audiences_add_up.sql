{#- Guards that action_audiences holds everybody who is to be contacted, once, with their value and cost, and shows neither of fewer people than may be shown. -#}
with

chosen as (

    select
        action,
        count(*) as customers,
        sum(expected_value) as expected_value,
        sum(cost) as cost
    from {{ ref('customer_next_actions') }}
    where action != 'do_nothing' and not is_holdout
    group by action

),

audiences as (

    select
        action,
        sum(customers) as customers,
        sum(expected_value) as expected_value,
        sum(cost) as cost,
        count(case when customers < {{ var('k_anonymity') | int }} then 1 end) as small_rows,
        count(case when customers < {{ var('k_anonymity') | int }} and coalesce(expected_value, cost, net_value, expected_effect) is not null then 1 end)
            as told_rows
    from {{ ref('action_audiences') }}
    group by action

)

select
    chosen.action,
    audiences.action as audience_action,
    chosen.customers,
    audiences.customers as audience_customers
from chosen
full outer join audiences on chosen.action = audiences.action
where
    chosen.action is null
    or audiences.action is null
    or chosen.customers != audiences.customers
    or audiences.told_rows > 0
    or audiences.small_rows = 0 and (chosen.expected_value != audiences.expected_value or chosen.cost != audiences.cost)
    or audiences.small_rows = 0 and (audiences.expected_value is null or audiences.cost is null)
