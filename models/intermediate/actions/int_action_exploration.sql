{#-
  One row per person who is given an option by lot, so that effects can be learnt where nobody looks. Every open option
  of the person, doing nothing among them, is equally likely.
-#}
with

people as (

    select * from {{ ref('int_action_facts') }}

),

options as (

    select * from {{ ref('int_action_options') }}
    where open_count > 1 and is_open

),

claims as (

    select * from {{ ref('int_action_claims') }}

),

rates as (

    select * from {{ ref('int_action_exploration_rate') }}

),

-- 1. whose lot it is, and which option
drawn as (

    select
        options.customer_id,
        options.action,
        people.exploration_draw,
        row_number() over (
            partition by options.customer_id
            order by {{ hash_60bit("concat_ws('|', options.action, " ~ as_text('people.option_lot') ~ ")") }} asc, options.action asc
        ) as draw_rank
    from options
    inner join people on options.customer_id = people.customer_id
    cross join rates
    where people.exploration_draw < rates.exploration_share

),

chosen as (

    select
        customer_id,
        action,
        exploration_draw
    from drawn
    where draw_rank = 1

),

-- 2. the rare lots that go beyond a limit all the same are void, held out or not: both groups are cut alike
counted as (

    select
        claims.customer_id,
        claims.capacity,
        claims.amount + coalesce(sum(case when not claims.is_holdout then claims.amount end) over (
            partition by claims.limit_kind, claims.limit_name
            order by chosen.exploration_draw asc, claims.customer_id asc rows between unbounded preceding and 1 preceding
        ), 0) as amount_so_far
    from chosen
    inner join claims on chosen.customer_id = claims.customer_id and chosen.action = claims.action

),

void as (

    select customer_id
    from counted
    where amount_so_far > capacity
    group by customer_id

),

final as (

    select
        chosen.customer_id,
        chosen.action
    from chosen
    anti join void on chosen.customer_id = void.customer_id

)

select * from final
