{#-
  Who is about to leave and worth keeping: customers in the top fifth of churn within 90 days, with
  what their next year should bring, and what that is worth if they stay. Only where the score may be
  trusted; the most at stake first.
-#}
with

propensities as (

    select * from {{ ref('customer_propensities') }}
    where target = 'churn_90d' and is_trustworthy

),

clv as (

    select * from {{ ref('customer_clv') }}

),

survival as (

    select * from {{ ref('customer_survival') }}
    where month_ahead = 1

),

customers as (

    select * from {{ ref('customers') }}

),

final as (

    select
        propensities.customer_id,
        propensities.probability as churn_probability,
        clv.clv_365d,
        cast(propensities.probability * greatest(clv.clv_365d, 0) as decimal(18, 2)) as value_at_stake,
        survival.days_since_last_order,
        survival.expected_days_to_next_order,
        propensities.top_reasons,
        propensities.top_reasons_zh,
        customers.has_marketing_consent,
        customers.preferred_contact_channel
    from propensities
    inner join clv on propensities.customer_id = clv.customer_id
    inner join customers on propensities.customer_id = customers.customer_id
    left join survival on propensities.customer_id = survival.customer_id
    where propensities.decile <= 2 and clv.value_tier in ('high', 'medium')

)

select * from final
order by value_at_stake desc, customer_id asc
