{#- Guards that nobody appears or vanishes between two month ends: who ended a month in a segment starts the next one from it. -#}
with

flows as (

    select * from {{ ref('rfm_segment_flows') }}

),

arrived as (

    select
        {{ add_months_to('month', 1) }} as month,
        to_segment as segment,
        sum(customers) as customers
    from flows
    group by month, to_segment

),

departed as (

    select
        month,
        from_segment as segment,
        sum(customers) as customers
    from flows
    where from_segment != '(none)'
    group by month, from_segment

),

last_month as (

    select max(month) as month from flows

)

select
    arrived.month,
    arrived.segment,
    arrived.customers as customers_before,
    departed.customers as customers_after
from arrived
full join departed
    on
        arrived.month = departed.month
        and arrived.segment = departed.segment
cross join last_month
where
    coalesce(arrived.month, departed.month) <= last_month.month
    and coalesce(arrived.customers, 0) != coalesce(departed.customers, 0)
