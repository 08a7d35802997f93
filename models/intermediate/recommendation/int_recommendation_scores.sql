{#-
  One row per taker (fit, person, item type) and item new to them, the ten best: the sum over the items of their history of
  taste weight times strength of the neighbour, and the item that gave most. The same text scores the
  trial (fit 0) and today (fit 1), one slice of the takers after the other.
-#}
{{ config(sliced_by='int_recommendation_tastes') }}
with

tastes as (

    select * from {{ ref('int_recommendation_tastes') }}

),

similarities as (

    select * from {{ ref('int_recommendation_similarities') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

-- 1. how many neighbours of each item the limit of contributions allows, in the trial as today
neighbour_limits as (

    select
        least(
            max(rules.neighbours),
            greatest(max(rules.neighbours_at_least), floor(max(rules.contributions) / count(*)))
        ) as neighbour_limit
    from tastes
    cross join rules
    where tastes.fit = 1

),

-- 2. what cannot be had is not recommended today; in the trial it could be
neighbours as (

    select
        similarities.fit,
        similarities.item_number,
        similarities.neighbour_number,
        similarities.strength,
        items.is_adults_only,
        items.plan_rank
    from similarities
    inner join neighbour_limits on similarities.neighbour_rank <= neighbour_limits.neighbour_limit
    inner join items on similarities.neighbour_number = items.item_number
    where similarities.fit = 0 or items.exclusion is null

),

takers as (

    select *
    from tastes
    where {{ in_this_slice('taker_number') }}

),

-- 3. the best source of a contribution stands in its last digits; own items get a debt that nothing pays
contributions as (

    select
        takers.taker_number,
        neighbours.neighbour_number as item_number,
        takers.taste_weight * neighbours.strength as contribution,
        takers.taste_weight * neighbours.strength * 2097152 + takers.item_number as marked
    from takers
    inner join neighbours on takers.fit = neighbours.fit and takers.item_number = neighbours.item_number
    where
        takers.is_counted
        and not (neighbours.is_adults_only and takers.is_minor)
        and coalesce(neighbours.plan_rank > takers.plan_rank, true)
    union all
    select
        taker_number,
        item_number,
        cast(-1000000000000000 as bigint) as contribution,
        cast(0 as bigint) as marked
    from takers

),

summed as (

    select
        taker_number,
        item_number,
        cast(sum(contribution) as bigint) as score,
        max(marked) as marked
    from contributions
    group by taker_number, item_number
    having sum(contribution) > 0

),

-- 4. one number to order by, ties to the smaller item number: the cheapest form of a top ten
best as (

    select
        *,
        row_number() over (
            partition by taker_number
            order by score * 2097152 - item_number desc
        ) as item_rank
    from summed
    qualify row_number() over (
        partition by taker_number
        order by score * 2097152 - item_number desc
    ) <= 10

),

-- 5. the weight that a score could have had: a person's score becomes a mean strength, 0 to 1
weights as (

    select
        taker_number,
        cast(sum(case when is_counted then taste_weight else 0 end) as bigint) as taste_weight
    from takers
    group by taker_number

),

final as (

    select
        -- key
        best.taker_number,
        best.item_number,

        -- measures
        best.score,
        {{ safe_divide('best.score', '1e6 * weights.taste_weight') }} as suitability,
        cast(mod(best.marked, 2097152) as int) as because_number,
        cast(best.item_rank as int) as item_rank
    from best
    inner join weights on best.taker_number = weights.taker_number

)

select * from final
