{#-
  One row per channel: how much of all conversions a Markov chain over the journeys would lose
  without it, and its share of all such effects.
-#}
with

paths as (

    select * from {{ ref('int_attribution_paths') }}

),

hops as (

    select
        paths.journeys,
        {{ array_get('paths.channels', 'places.place') }} as to_step,
        case when places.place > 1 then {{ array_get('paths.channels', 'greatest(places.place - 1, 1)') }} else '(start)' end as from_step
    from paths
    {{ explode_array(number_array(1, 'cardinality(paths.channels)'), 'places', 'place') }}

    union all

    select
        journeys,
        case when is_won then '(won)' else '(lost)' end as to_step,
        {{ array_get('channels', -1) }} as from_step
    from paths

),

flows as (

    select
        'all' as group_key,
        from_step,
        to_step,
        sum(journeys) as weight
    from hops
    group by from_step, to_step

),

{{ removal_effect_ctes('flows') }},

final as (

    select
        step as channel,
        reach_share,
        win_share,
        removal_effect,
        coalesce({{ safe_divide('removal_effect', 'sum(removal_effect) over ()') }}, 0e0) as effect_share
    from removal_effects

)

select * from final
