{#- One row per path kind and step: how many pass it, how many of them convert, what would be lost without it. -#}
{%- set inline = per_engine('not materialized', '') -%}
with

steps as {{ inline }} (

    select * from {{ ref('int_path_steps') }}

),

-- 1. paths as a Markov chain: from (start) over the steps to (won) or (lost). An order or purchase
--    is the goal itself, not a step to it
route as (

    select
        path_kind,
        path_id,
        node,
        place,
        is_won,
        lag(node) over (partition by path_kind, path_id order by place asc) as previous_node
    from steps
    where node not in ('purchase', 'store_order', 'online_order')

),

route_ends as (

    select
        *,
        lead(node) over (partition by path_kind, path_id order by place asc) as next_node
    from route

),

hops as (

    select
        path_kind as group_key,
        coalesce(previous_node, '(start)') as from_step,
        node as to_step
    from route

    union all

    select
        path_kind as group_key,
        node as from_step,
        case when is_won then '(won)' else '(lost)' end as to_step
    from route_ends
    where next_node is null

),

flows as (

    select
        group_key,
        from_step,
        to_step,
        count(*) as weight
    from hops
    group by group_key, from_step, to_step

),

{{ removal_effect_ctes('flows') }},

-- 2. people, paths and drop-offs per step
passed as (

    select
        path_kind,
        node,
        count(distinct person_number) as customers,
        count(*) as visits,
        count(distinct path_id) as paths,
        count(distinct case when is_won then path_id end) as won_paths,
        count(case when place = path_length and not is_won then 1 end) as dropped
    from steps
    group by path_kind, node

),

measured as (

    select
        passed.*,
        removal_effects.removal_effect,
        removal_effects.reach_share,
        avg(removal_effects.removal_effect) over (partition by passed.path_kind) as mean_effect
    from passed
    left join removal_effects
        on
            passed.path_kind = removal_effects.group_key
            and passed.node = removal_effects.step

),

final as (

    select
        -- key
        path_kind,
        node,

        -- attributes
        coalesce(
            {{ round_significant('removal_effect') }} > {{ round_significant('mean_effect') }}
            and node != '(other)', false
        ) as is_key_node,

        -- measures
        customers,
        paths,
        visits,
        {{ safe_divide('won_paths', 'paths') }} as conversion_rate,
        {{ safe_divide('dropped', 'visits') }} as drop_rate,
        {{ round_significant('reach_share') }} as reach_share,
        {{ round_significant('removal_effect') }} as removal_effect
    from measured

)

select * from final
