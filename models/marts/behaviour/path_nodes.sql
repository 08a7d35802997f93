{#- One row per path kind and step: how many pass it, how many of them convert, what would be lost without it. -#}
{%- set inline = per_engine('not materialized', '') -%}
with

steps as {{ inline }} (

    select * from {{ ref('int_path_events') }}

),

labels as (

    select * from {{ ref('int_path_labels') }}

),

-- 1. paths as a Markov chain: from (start) over the steps to (won) or (lost). An order or purchase
--    is the goal itself, not a step to it
hops as (

    select
        node_number,
        previous_on_route,
        cast(null as boolean) as leads_to_win,
        count(*) as weight
    from steps
    where is_on_route
    group by node_number, previous_on_route

    union all

    select
        node_number,
        cast(null as int) as previous_on_route,
        is_won as leads_to_win,
        count(*) as weight
    from steps
    where is_route_end
    group by node_number, is_won

),

flows as (

    select
        labels.path_kind as group_key,
        case
            when hops.leads_to_win is not null then labels.label
            else coalesce(previous_labels.label, '(start)')
        end as from_step,
        case
            when hops.leads_to_win then '(won)'
            when not hops.leads_to_win then '(lost)'
            else labels.label
        end as to_step,
        cast(sum(hops.weight) as bigint) as weight
    from hops
    inner join labels on hops.node_number = labels.node_number
    left join labels as previous_labels on hops.previous_on_route = previous_labels.node_number
    group by all

),

{{ removal_effect_ctes('flows') }},

-- 2. people, paths and drop-offs per step
by_path as (

    select
        labels.path_kind,
        labels.label_number,
        steps.person_number,
        steps.path_number,
        count(*) as visits,
        max(case when steps.is_won then 1 else 0 end) as is_won,
        max(case when steps.step = steps.path_length and not steps.is_won then 1 else 0 end) as is_dropped
    from steps
    inner join labels on steps.node_number = labels.node_number
    group by labels.path_kind, labels.label_number, steps.person_number, steps.path_number

),

by_person as (

    select
        path_kind,
        label_number,
        person_number,
        sum(visits) as visits,
        count(*) as paths,
        sum(is_won) as won_paths,
        sum(is_dropped) as dropped
    from by_path
    group by path_kind, label_number, person_number

),

names as (

    select
        label_number,
        min(label) as label
    from labels
    group by label_number

),

passed as (

    select
        by_person.path_kind,
        names.label as node,
        count(*) as customers,
        cast(sum(by_person.visits) as bigint) as visits,
        cast(sum(by_person.paths) as bigint) as paths,
        cast(sum(by_person.won_paths) as bigint) as won_paths,
        cast(sum(by_person.dropped) as bigint) as dropped
    from by_person
    inner join names on by_person.label_number = names.label_number
    group by by_person.path_kind, names.label

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
        {{ wilson_low('won_paths', 'paths') }} as conversion_rate_low,
        {{ wilson_high('won_paths', 'paths') }} as conversion_rate_high,
        {{ safe_divide('dropped', 'visits') }} as drop_rate,
        {{ wilson_low('dropped', 'visits') }} as drop_rate_low,
        {{ wilson_high('dropped', 'visits') }} as drop_rate_high,
        {{ round_significant('reach_share') }} as reach_share,
        {{ round_significant('removal_effect') }} as removal_effect
    from measured

)

select * from final
