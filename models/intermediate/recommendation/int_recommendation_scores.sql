{#-
  One row per taker (fit, person, item type) and item new to them, the ten best: the sum over the items of their history of
  taste weight times strength of the neighbour, and the item that gave most. The same text scores the
  trial (fit 0) and today (fit 1), one slice of the takers after the other.
-#}
{%- set slices = memory_slices() -%}
{#- read once for each slice from the table, not held -#}
{%- set inline = per_engine('not materialized', '') -%}
with

tastes as {{ inline }} (

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

{% for slice in range(slices) -%}
-- 3. the best source of a contribution stands in its last digits; own items get a debt that nothing pays
contributions_{{ slice }} as (

    select
        tastes.taker_number,
        neighbours.neighbour_number as item_number,
        tastes.taste_weight * neighbours.strength as contribution,
        tastes.taste_weight * neighbours.strength * 2097152 + tastes.item_number as marked
    from tastes
    inner join neighbours on tastes.fit = neighbours.fit and tastes.item_number = neighbours.item_number
    where
        mod(tastes.taker_number, {{ slices }}) = {{ slice }}
        and tastes.is_counted
        and not (neighbours.is_adults_only and tastes.is_minor)
        and coalesce(neighbours.plan_rank > tastes.plan_rank, true)
    union all
    select
        taker_number,
        item_number,
        cast(-1000000000000000 as bigint) as contribution,
        cast(0 as bigint) as marked
    from tastes
    where mod(taker_number, {{ slices }}) = {{ slice }}

),

summed_{{ slice }} as (

    select
        taker_number,
        item_number,
        cast(sum(contribution) as bigint) as score,
        max(marked) as marked
    from contributions_{{ slice }}
    group by taker_number, item_number
    having sum(contribution) > 0

),

-- 4. one number to order by, ties to the smaller item number: the cheapest form of a top ten
best_{{ slice }} as (

    select
        *,
        row_number() over (
            partition by taker_number
            order by score * 2097152 - item_number desc
        ) as item_rank
    from summed_{{ slice }}
    qualify row_number() over (
        partition by taker_number
        order by score * 2097152 - item_number desc
    ) <= 10

),

{% endfor -%}
-- 5. the weight that a score could have had: a person's score becomes a mean strength, 0 to 1
weights as (

    select
        taker_number,
        cast(sum(case when is_counted then taste_weight else 0 end) as bigint) as taste_weight
    from tastes
    group by taker_number

),

best as (

    {% for slice in range(slices) -%}
    select * from best_{{ slice }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
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
