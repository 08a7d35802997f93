{#-
  One row per limit of a day's contacts before any price is asked: what is left after the lots of the exploration,
  and between which its price lies: nothing, and what a unit of it could bring at most.
-#}
with

limits as (

    select * from {{ ref('int_action_limits') }}
    where capacity is not null

),

claims as (

    select * from {{ ref('int_action_claims') }}
    where not is_holdout

),

options as (

    select * from {{ ref('int_action_options') }}

),

explored as (

    select * from {{ ref('int_action_exploration') }}

),

explored_amounts as (

    select
        claims.limit_kind,
        claims.limit_name,
        cast(sum(claims.amount) as double) as amount
    from claims
    inner join explored on claims.customer_id = explored.customer_id and claims.action = explored.action
    group by claims.limit_kind, claims.limit_name

),

-- nothing is asked for at a price above this
dearest as (

    select
        claims.limit_kind,
        claims.limit_name,
        max({{ safe_divide('options.score', 'claims.amount') }}) as highest_price,
        cast(min(case when claims.amount > 0 then claims.amount end) as double) as smallest_amount
    from claims
    inner join options on claims.customer_id = options.customer_id and claims.action = options.action
    where options.score > 0
    group by claims.limit_kind, claims.limit_name

),

final as (

    select
        limits.limit_kind,
        limits.limit_name,
        limits.capacity - coalesce(explored_amounts.amount, 0e0) as capacity_left,
        coalesce(dearest.smallest_amount, 0e0) as smallest_amount,
        0e0 as price,
        0e0 as tried_price,
        cast(null as double) as used,
        0e0 as low_price,
        coalesce({{ round_significant('dearest.highest_price') }}, 0e0) as high_price,
        coalesce({{ round_significant('dearest.highest_price') }}, 0e0) as highest_price
    from limits
    left join explored_amounts on limits.limit_kind = explored_amounts.limit_kind and limits.limit_name = explored_amounts.limit_name
    left join dearest on limits.limit_kind = dearest.limit_kind and limits.limit_name = dearest.limit_name

)

select * from final
