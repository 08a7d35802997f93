{#-
  One row: the share of people who are given an option by lot. It is var action_exploration_share, or less where
  the lots would be expected to draw on more than a fifth of a limit. Options of limits that allow nothing are not drawn.
-#}
with

claims as (

    select * from {{ ref('int_action_claims') }}

),

-- 1. what exploring everywhere would draw on each limit, a person's options being equally likely
demands as (

    select
        limit_kind,
        limit_name,
        max(capacity) as capacity,
        {{ stable_sum("cast(amount as double) / open_count") }} as full_demand
    from claims
    where not is_holdout and is_open
    group by limit_kind, limit_name

),

shares as (

    select
        least(
            {{ var('action_exploration_share') | float }},
            coalesce(min({{ safe_divide('0.2e0 * capacity', 'full_demand') }}), 1e0)
        ) as raw_share
    from demands

),

final as (

    select {{ round_significant('raw_share') }} as exploration_share
    from shares

)

select * from final
