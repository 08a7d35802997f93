{#- Guards that nobody appears or vanishes between two months: who ended a month in a stage starts the next one from it, so that in + new = out + stay. -#}
with

flows as (

    select * from {{ ref('lifecycle_flows') }}

),

last_months as (

    select
        basis,
        max(month) as last_month
    from flows
    group by basis

),

arrived as (

    select
        basis,
        {{ add_months_to('month', 1) }} as month,
        to_stage as stage,
        sum(customers) as customers
    from flows
    group by basis, month, to_stage

),

departed as (

    select
        basis,
        month,
        from_stage as stage,
        sum(customers) as customers
    from flows
    where from_stage != '(none)'
    group by basis, month, from_stage

)

select
    coalesce(arrived.basis, departed.basis) as basis,
    coalesce(arrived.month, departed.month) as month,
    coalesce(arrived.stage, departed.stage) as stage,
    arrived.customers as arrived_customers,
    departed.customers as departed_customers
from arrived
full outer join departed
    on
        arrived.basis = departed.basis
        and arrived.month = departed.month
        and arrived.stage = departed.stage
left join last_months on coalesce(arrived.basis, departed.basis) = last_months.basis
where
    coalesce(arrived.month, departed.month) <= last_months.last_month
    and coalesce(arrived.customers, 0) != coalesce(departed.customers, 0)
