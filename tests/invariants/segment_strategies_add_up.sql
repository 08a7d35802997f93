{#- Guards that a strategy speaks of everybody: in each segmentation the customers add up to those of customer_rfm, their shares to one, and sums name their currency. -#}
{{ config(group='actions') }}
with

strategies as (

    select
        segmentation,
        sum(customers) as customers,
        sum(customer_share) as customer_share,
        count(case
            when net_revenue is not null and customers > 0
                and (reason not like '% {{ var("base_currency") }}%' or reason_zh not like '% {{ var("base_currency") }}%')
                then 1
        end) as sums_without_currency
    from {{ ref('segment_strategies') }}
    group by segmentation

),

buyers as (

    select count(*) as customers
    from {{ ref('customer_rfm') }}

)

select
    strategies.segmentation,
    strategies.customers,
    buyers.customers as buyers,
    strategies.customer_share
from strategies
cross join buyers
where
    strategies.customers != buyers.customers
    or strategies.sums_without_currency > 0
    -- shares are rounded to six digits
    or buyers.customers > 0 and abs(strategies.customer_share - 1) > 1e-4
