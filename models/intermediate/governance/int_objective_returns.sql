{#-
  One row per objective about buyers whose period is not over: how many further buyers the purchase probabilities promise
  in its remaining days. Probabilities are read for people who have ordered before, and taken from 30 and 90 days to any number
  of days by their hazard; first buyers come at the pace of the last 90 days.
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}
    -- of a period that begins later nobody knows who will be left
    where expected_from = 'propensities' and period_from <= as_of

),

outlook as (

    select * from {{ ref('int_objective_outlook') }}

),

order_parts as (

    select * from {{ ref('int_objective_order_parts') }}

),

propensities as (

    select * from {{ ref('customer_propensities') }}
    where target in ('purchase_30d', 'purchase_90d')

),

hazards as (

    select
        customer_id,
        -ln(1e0 - least(0.999999e0, max(case when target = 'purchase_30d' then probability end))) as hazard_30,
        -ln(1e0 - least(0.999999e0, max(probability))) as hazard_90
    from propensities
    group by customer_id
    having count(distinct target) = 2

),

-- 1. who may still come: of everybody who ordered, or of the buyers of the period before, who is not there yet
people as (

    select
        outlook.objective,
        order_parts.customer_id,
        outlook.remaining_days,
        max(case when order_parts.ordered_on >= periods.period_from then 1 else 0 end) as is_there,
        max(case
            when periods.metric = 'active_customers' then 1
            when
                order_parts.ordered_on < periods.period_from
                and order_parts.ordered_on >= {{ add_months_to('periods.period_from', '-periods.period_months') }}
                then 1
            else 0
        end) as may_come
    from outlook
    inner join periods on outlook.objective = periods.objective
    inner join order_parts
        on
            periods.scope = order_parts.scope
            and periods.scope_value = order_parts.scope_value
            and periods.period_to > order_parts.ordered_on
    where order_parts.customer_id is not null
    group by outlook.objective, order_parts.customer_id, outlook.remaining_days

),

chances as (

    select
        people.objective,
        hazards.customer_id is not null as is_scored,
        1e0 - exp(-case
            when people.remaining_days <= 30 then hazards.hazard_30 * people.remaining_days / 30e0
            else hazards.hazard_30 + (hazards.hazard_90 - hazards.hazard_30) * (people.remaining_days - 30e0) / 60e0
        end) as chance
    from people
    left join hazards on people.customer_id = hazards.customer_id
    where people.may_come = 1 and people.is_there = 0

),

-- 2. people without a probability (no consent to it) come as often as the others
counted as (

    select
        objective,
        count(*) as people,
        count(case when is_scored then 1 end) as scored_people,
        {{ stable_avg('chance') }} * count(*) as buyers,
        {{ stable_avg('chance * (1e0 - chance)') }} * count(*) as variance
    from chances
    group by objective
    having count(case when is_scored then 1 end) > 0

),

-- 3. who has not ordered before: as many as of late, give or take what chance does twice
first_buyers as (

    select
        outlook.objective,
        cast(count(*) as double) * outlook.remaining_days / 90e0 as buyers,
        cast(count(*) as double) * outlook.remaining_days / 90e0 * (1e0 + outlook.remaining_days / 90e0) as variance
    from outlook
    inner join periods on outlook.objective = periods.objective
    inner join order_parts
        on
            periods.scope = order_parts.scope
            and periods.scope_value = order_parts.scope_value
            and order_parts.ordered_on >= {{ add_days('periods.as_of', -90) }}
    where periods.metric = 'active_customers' and order_parts.is_first_order
    group by outlook.objective, outlook.remaining_days

),

final as (

    select
        -- key
        counted.objective,

        -- people
        counted.people,
        counted.scored_people,

        -- buyers to come
        counted.buyers + coalesce(first_buyers.buyers, 0e0) as buyers,
        counted.variance + coalesce(first_buyers.variance, 0e0) as variance
    from counted
    left join first_buyers on counted.objective = first_buyers.objective

)

select * from final
