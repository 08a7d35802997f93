{#- Guards that a strategy speaks of everybody: in each segmentation the customers add up to those of customer_rfm, and their shares to one. -#}
{{ config(group='actions') }}
with

strategies as (

    select
        segmentation,
        sum(customers) as customers,
        sum(customer_share) as customer_share
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
    -- shares are rounded to six digits
    or buyers.customers > 0 and abs(strategies.customer_share - 1) > 1e-4
