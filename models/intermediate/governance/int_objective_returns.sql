{#-
  One row per objective about buyers whose period is not over: how many further buyers the purchase probabilities promise
  in its remaining days. Probabilities are read for people who have ordered before, and taken from 30 and 90 days to any number
  of days by their hazard; people without one come as much more or less often than the others as they did of late; first buyers come at the pace of the last 90 days.
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
        end) as may_come,
        max(case when order_parts.ordered_on < {{ add_days('periods.as_of', -90) }} then 1 else 0 end) as was_there,
        max(case when order_parts.ordered_on >= {{ add_days('periods.as_of', -90) }} then 1 else 0 end) as came_lately
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

scored as (

    select
        objective,
        count(*) as people,
        count(case when is_scored then 1 end) as scored_people,
        {{ stable_avg('chance') }} as mean_chance,
        {{ stable_avg('chance * (1e0 - chance)') }} as mean_variance
    from chances
    group by objective
    having count(case when is_scored then 1 end) > 0

),

-- 2. people without a probability (no consent to it): who had ordered by then, and came in the last 90 days, of both groups
histories as (

    select
        people.objective,
        cast(count(hazards.customer_id) as double) as scored_people,
        cast(count(case when people.came_lately = 1 then hazards.customer_id end) as double) as scored_buyers,
        cast(count(*) - count(hazards.customer_id) as double) as other_people,
        cast(count(case when people.came_lately = 1 and hazards.customer_id is null then 1 end) as double) as other_buyers
    from people
    left join hazards on people.customer_id = hazards.customer_id
    where people.was_there = 1
    group by people.objective

),

-- half a buyer more and half a person who did not come: no rate is 0
rates as (

    select
        objective,
        scored_people,
        other_people,
        (scored_buyers + 0.5e0) / (scored_people + 1e0) as scored_rate,
        (other_buyers + 0.5e0) / (other_people + 1e0) as other_rate
    from histories
    where scored_people > 0 and other_people > 0

),

-- where one group has no history they come alike
compared as (

    select
        scored.*,
        least(1e0, scored.mean_chance * coalesce(rates.other_rate / rates.scored_rate, 1e0)) as other_chance,
        coalesce(
            (1e0 - rates.other_rate) / ((rates.other_people + 1e0) * rates.other_rate)
            + (1e0 - rates.scored_rate) / ((rates.scored_people + 1e0) * rates.scored_rate),
            0e0
        ) as relative_variance
    from scored
    left join rates on scored.objective = rates.objective

),

counted as (

    select
        objective,
        people,
        scored_people,
        mean_chance * scored_people + other_chance * (people - scored_people) as buyers,
        mean_variance * scored_people + other_chance * (1e0 - other_chance) * (people - scored_people)
        + other_chance * (people - scored_people) * other_chance * (people - scored_people) * relative_variance as variance
    from compared

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
        {{ round_significant('(counted.buyers + coalesce(first_buyers.buyers, 0e0))') }} as buyers,
        {{ round_significant('(counted.variance + coalesce(first_buyers.variance, 0e0))') }} as variance
    from counted
    left join first_buyers on counted.objective = first_buyers.objective

)

select * from final
