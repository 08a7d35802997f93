{#-
  One row per person with consent to analytics: the action of the day, how likely the choice was to give it, and
  the two options that come next. Doing nothing is not handed over and never logged, so the probability of an
  action is that among the actions: given that the person got any.
-#}
{%- set probability = 'case when chosen.is_best then 1e0 - rates.exploration_share else 0e0 end + rates.exploration_share / chosen.open_count' -%}
with

ranked as (

    select * from {{ ref('int_action_ranked') }}

),

claims as (

    select * from {{ ref('int_action_claims') }}

),

rates as (

    select * from {{ ref('int_action_exploration_rate') }}

),

-- 1. the lot of whom explores, the best option of everybody else
explorers as (

    select customer_id
    from ranked
    where is_exploration
    group by customer_id

),

picked as (

    select ranked.*
    from ranked
    left join explorers on ranked.customer_id = explorers.customer_id
    where ranked.is_exploration or explorers.customer_id is null and ranked.surplus_rank = 1

),

idle as (

    select customer_id
    from ranked
    where surplus_rank = 1 and action = 'do_nothing'

),

-- 2. prices part all but a few: who comes last at a limit that would be exceeded gets nothing, held out or not
drawn as (

    select
        claims.customer_id,
        claims.capacity,
        claims.amount + coalesce(sum(case when not claims.is_holdout then claims.amount end) over (
            partition by claims.limit_kind, claims.limit_name
            order by picked.is_exploration desc, picked.surplus desc, picked.customer_id asc
            rows between unbounded preceding and 1 preceding
        ), 0) as amount_so_far
    from picked
    inner join claims on picked.customer_id = claims.customer_id and picked.action = claims.action

),

over_limit as (

    select customer_id
    from drawn
    where amount_so_far > capacity
    group by customer_id

),

-- 3. the action, and the first option by prices for whoever was drawn by lot
chosen as (

    select
        ranked.*,
        picked.is_exploration as is_lot,
        idle.customer_id is not null as is_nothing_best,
        case
            when over_limit.customer_id is null then ranked.action = picked.action
            else ranked.action = 'do_nothing'
        end as is_chosen,
        case
            when over_limit.customer_id is null then ranked.surplus_rank = 1
            else ranked.action = 'do_nothing'
        end as is_best
    from ranked
    inner join picked on ranked.customer_id = picked.customer_id
    left join over_limit on ranked.customer_id = over_limit.customer_id
    left join idle on ranked.customer_id = idle.customer_id

),

others as (

    select
        customer_id,
        action,
        net_value,
        row_number() over (partition by customer_id order by surplus desc, action asc) as other_rank
    from chosen
    where not is_chosen

),

next_best as (

    select
        customer_id,
        max(case when other_rank = 1 then action end) as second_action,
        max(case when other_rank = 1 then net_value end) as second_net_value,
        max(case when other_rank = 2 then action end) as third_action,
        max(case when other_rank = 2 then net_value end) as third_net_value
    from others
    where other_rank <= 2
    group by customer_id

),

best_by_value as (

    select
        customer_id,
        action,
        net_value
    from ranked
    where value_rank = 1

),

final as (

    select
        -- key
        chosen.customer_id,

        -- attributes
        chosen.action,
        chosen.channel,
        chosen.offered_item,
        chosen.segment,
        chosen.effect_basis,
        chosen.is_holdout,
        chosen.is_held_out_of_all,
        chosen.is_lot as is_exploration,
        chosen.option_count,
        next_best.second_action,
        next_best.third_action,
        best_by_value.action as most_valuable_action,

        -- measures
        chosen.cost,
        chosen.reach_probability,
        chosen.expected_effect,
        chosen.expected_value,
        chosen.net_value,
        chosen.surplus,
        next_best.second_net_value,
        next_best.third_net_value,
        best_by_value.net_value as highest_net_value,
        case
            when chosen.open_count = 1 then 1e0
            when chosen.action != 'do_nothing' and chosen.is_nothing_best then {{ round_significant('1e0 / (chosen.open_count - 1)', 6) }}
            when chosen.action != 'do_nothing' then {{ round_significant(
                '(' ~ probability ~ ') / (1e0 - rates.exploration_share / chosen.open_count)', 6
            ) }}
            else {{ round_significant(probability, 6) }}
        end as selection_probability
    from chosen
    cross join rates
    left join next_best on chosen.customer_id = next_best.customer_id
    left join best_by_value on chosen.customer_id = best_by_value.customer_id
    where chosen.is_chosen

)

select * from final
