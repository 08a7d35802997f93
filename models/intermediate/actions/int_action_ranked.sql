{#-
  One row per option, ranked within its person by what it is worth beyond the prices of the limits that it draws
  on; doing nothing is worth nothing. The first is what the person would be given if no limit stood in the way of a few.
-#}
with

options as (

    select * from {{ ref('int_action_options') }}

),

claims as (

    select * from {{ ref('int_action_claims') }}

),

prices as (

    select * from {{ ref('int_action_prices') }}

),

explored as (

    select * from {{ ref('int_action_exploration') }}

),

charges as (

    select
        claims.customer_id,
        claims.action,
        sum(cast(claims.amount as double) * prices.tried_price) as charge
    from claims
    inner join prices on claims.limit_kind = prices.limit_kind and claims.limit_name = prices.limit_name
    where prices.tried_price is not null
    group by claims.customer_id, claims.action

),

priced as (

    select
        options.customer_id,
        options.action,
        options.channel,
        options.offered_item,
        options.segment,
        options.effect_basis,
        options.is_holdout,
        options.is_held_out_of_all,
        options.cost,
        options.reach_probability,
        options.expected_effect,
        options.expected_value,
        options.net_value,
        options.option_count,
        options.open_count,
        explored.customer_id is not null as is_exploration,
        {{ round_significant('options.score - coalesce(charges.charge, 0e0)', 12) }} as surplus
    from options
    left join explored on options.customer_id = explored.customer_id and options.action = explored.action
    left join charges on options.customer_id = charges.customer_id and options.action = charges.action

),

final as (

    select
        *,
        cast(row_number() over (partition by customer_id order by surplus desc, action asc) as int) as surplus_rank,
        cast(row_number() over (partition by customer_id order by net_value desc, action asc) as int) as value_rank
    from priced

)

select * from final
