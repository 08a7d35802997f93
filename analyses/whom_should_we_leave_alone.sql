{#-
  Whom should we leave alone: customers who get no contact today by the reason why, with what they have brought, and, of
  those whom an action fits but does not pay, how many contacts that saves. What stands in the way of a contact (consent,
  a stop) comes first, what would cost more than it brings after it.
-#}
with

next_actions as (

    select * from {{ ref('customer_next_actions') }}
    where action = 'do_nothing'

),

customers as (

    select * from {{ ref('customers') }}

),

counted as (

    select
        next_actions.nothing_because,
        case
            when next_actions.nothing_because in ('nothing_pays', 'no_estimate_or_harm', 'limit') then 'contact would not pay'
            when next_actions.nothing_because = 'no_action_fits' then 'nothing to say'
            when next_actions.nothing_because = 'lot' then 'drawn for comparison'
            else 'contact is not allowed or not possible'
        end as kind,
        count(*) as customers,
        count(case when customers.order_count > 0 then 1 end) as buyers,
        sum(customers.net_revenue) as net_revenue,
        min(next_actions.reason) as example,
        min(next_actions.reason_zh) as example_zh
    from next_actions
    inner join customers on next_actions.customer_id = customers.customer_id
    group by next_actions.nothing_because

),

final as (

    select
        kind,
        nothing_because,
        customers,
        buyers,
        cast(net_revenue as decimal(18, 2)) as net_revenue,
        example,
        example_zh
    from counted
    -- one person is no reason to speak of
    where customers >= {{ var('k_anonymity') | int }}

)

select * from final
order by kind asc, customers desc, nothing_because asc
