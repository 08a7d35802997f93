{#-
  One row per period, half-life and sampled customer: the evidence on their rate of ordering at the
  origin, in which an order counts half after `half_life_weeks`, and the orders that came after it. At
  most 20,000 customers a period: two parameters need no more.
-#}
with

customers as (

    select * from {{ ref('int_clv_customers') }}
    where period = 'history'

),

origins as (

    select * from {{ ref('int_rate_origins') }}
    where origin != 'history'

),

half_lives as (

    select * from {{ ref('int_rate_half_lives') }}

),

order_days as (

    select * from {{ ref('int_order_days') }}

),

known as (

    select
        origins.fit_period,
        origins.observed_until,
        origins.target_days,
        customers.segment,
        customers.customer_id,
        customers.first_ordered_on,
        {{ days_between('customers.first_ordered_on', 'origins.observed_until') }} / 7e0 as age_weeks,
        row_number() over (
            partition by origins.fit_period, customers.segment
            order by {{ hash_60bit('customers.customer_id') }}, customers.customer_id
        ) as sample_place
    from customers
    inner join origins on customers.first_ordered_on <= origins.observed_until

),

sampled as (

    select * from known
    where sample_place <= 20000

),

targets as (

    select
        sampled.fit_period,
        sampled.customer_id,
        cast(count(*) as double) as target_orders
    from sampled
    inner join order_days
        on
            sampled.customer_id = order_days.customer_id
            and sampled.observed_until < order_days.ordered_on
            and {{ add_days('sampled.observed_until', 'sampled.target_days') }} >= order_days.ordered_on
    group by sampled.fit_period, sampled.customer_id

),

evidence as (

    select
        sampled.fit_period,
        sampled.customer_id,
        half_lives.half_life_weeks,
        {{ decayed_orders('order_days.ordered_on', 'sampled.observed_until', 'half_lives.half_life_weeks') }} as decayed_orders
    from sampled
    inner join order_days
        on
            sampled.customer_id = order_days.customer_id
            and sampled.first_ordered_on < order_days.ordered_on
            and sampled.observed_until >= order_days.ordered_on
    cross join half_lives
    group by sampled.fit_period, sampled.customer_id, half_lives.half_life_weeks

),

final as (

    select
        -- key
        sampled.fit_period as period,
        half_lives.half_life_weeks,
        sampled.customer_id,

        -- attributes
        sampled.segment,
        'exact' as grain,

        -- measures
        coalesce(evidence.decayed_orders, 0e0) as decayed_orders,
        {{ decayed_weeks('sampled.age_weeks', 'half_lives.half_life_weeks') }} as decayed_weeks,
        coalesce(targets.target_orders, 0e0) as target_orders,
        sampled.target_days / 7e0 as target_weeks,
        -- the sums of the fit are over all customers at once
        cast(0 as double) as repeat_orders,
        cast(1 as bigint) as weight
    from sampled
    cross join half_lives
    left join evidence
        on
            sampled.fit_period = evidence.fit_period
            and sampled.customer_id = evidence.customer_id
            and half_lives.half_life_weeks = evidence.half_life_weeks
    left join targets
        on
            sampled.fit_period = targets.fit_period
            and sampled.customer_id = targets.customer_id

)

select * from final
