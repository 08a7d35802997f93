{#-
  One row per fit, item and neighbour that are bought (read, used) by the same people: the cosine of their
  customers, weighted by recency and drawn towards 0 where few share them, and the rank after correction
  for the neighbour's popularity. Sums are whole numbers: the same on any number of threads.
-#}
with

histories as (

    select * from {{ ref('int_recommendation_histories') }}
    where is_counted

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

-- 1. items with enough customers, the largest ones of a type
item_sizes as (

    select
        fit,
        item_type,
        item_number,
        count(*) as customers,
        row_number() over (partition by fit, item_type order by count(*) desc, item_number asc) as size_rank
    from histories
    group by fit, item_type, item_number

),

items as (

    select
        item_sizes.fit,
        item_sizes.item_number
    from item_sizes
    cross join rules
    where item_sizes.customers >= rules.min_item_customers and item_sizes.size_rank <= rules.items_counted

),

usable as (

    select
        histories.fit,
        histories.item_type,
        histories.customer_number,
        histories.item_number,
        histories.teaching_weight
    from histories
    inner join items on histories.fit = items.fit and histories.item_number = items.item_number

),

-- 2. as many people as the limit of pairs allows, by number: chance, since numbers follow salted hashes
people as (

    select
        fit,
        item_type,
        customer_number,
        count(*) as item_count,
        sum(cast(count(*) * (count(*) - 1) / 2 as bigint)) over (
            partition by fit, item_type
            order by customer_number asc
            rows between unbounded preceding and current row
        ) as pair_count
    from usable
    group by fit, item_type, customer_number

),

teachers as (

    select
        people.fit,
        people.item_type,
        people.customer_number
    from people
    cross join rules
    where people.pair_count <= rules.training_pairs

),

taught as (

    select usable.*
    from usable
    semi join teachers
        on
            usable.fit = teachers.fit
            and usable.item_type = teachers.item_type
            and usable.customer_number = teachers.customer_number

),

-- 3. who shares what
norms as (

    select
        fit,
        item_number,
        cast(count(*) as bigint) as customers,
        cast(sum(cast(teaching_weight as bigint) * teaching_weight) as bigint) as squares
    from taught
    group by fit, item_number

),

sizes as (

    select
        fit,
        item_type,
        cast(count(*) as bigint) as customers
    from teachers
    group by fit, item_type

),

pairs as (

    select
        first_item.fit,
        first_item.item_type,
        first_item.item_number as first_number,
        second_item.item_number as second_number,
        cast(count(*) as bigint) as co_customers,
        cast(sum(cast(first_item.teaching_weight as bigint) * second_item.teaching_weight) as bigint) as products
    from taught as first_item
    inner join taught as second_item
        on
            first_item.fit = second_item.fit
            and first_item.item_type = second_item.item_type
            and first_item.customer_number = second_item.customer_number
            and first_item.item_number < second_item.item_number
    group by first_item.fit, first_item.item_type, first_item.item_number, second_item.item_number
    having count(*) >= (select max(min_co_customers) from rules)

),

both_ways as (

    select
        fit,
        item_type,
        first_number as item_number,
        second_number as neighbour_number,
        co_customers,
        products
    from pairs
    union all
    select
        fit,
        item_type,
        second_number as item_number,
        first_number as neighbour_number,
        co_customers,
        products
    from pairs

),

measured as (

    select
        both_ways.fit,
        both_ways.item_type,
        both_ways.item_number,
        both_ways.neighbour_number,
        both_ways.co_customers,
        item.customers as item_customers,
        neighbour.customers as neighbour_customers,
        sizes.customers as all_customers,
        neighbour.squares as neighbour_squares,
        min(neighbour.squares) over (partition by both_ways.fit, both_ways.item_type) as least_squares,
        both_ways.products / sqrt(cast(item.squares as double)) / sqrt(cast(neighbour.squares as double))
        * both_ways.co_customers / (both_ways.co_customers + rules.shrinkage_customers) as similarity,
        rules.popularity_exponent - 0.5e0 as extra_exponent
    from both_ways
    cross join rules
    inner join norms as item on both_ways.fit = item.fit and both_ways.item_number = item.item_number
    inner join norms as neighbour on both_ways.fit = neighbour.fit and both_ways.neighbour_number = neighbour.item_number
    inner join sizes on both_ways.fit = sizes.fit and both_ways.item_type = sizes.item_type

),

-- 4. millionths, so that equal strengths are equal on every engine
strengths as (

    select
        *,
        cast({{ whole_weight(
            '1e6 * similarity * power(least_squares / cast(neighbour_squares as double), extra_exponent)'
        ) }} as bigint) as strength
    from measured

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by fit, item_number order by strength desc, neighbour_number asc
        ) as int) as neighbour_rank
    from strengths

),

final as (

    select
        -- key
        ranked.fit,
        ranked.item_type,
        ranked.item_number,
        ranked.neighbour_number,

        -- measures
        ranked.co_customers,
        ranked.item_customers,
        ranked.neighbour_customers,
        ranked.all_customers,
        {{ round_significant('ranked.similarity') }} as similarity,
        ranked.strength,
        ranked.neighbour_rank
    from ranked
    cross join rules
    where ranked.neighbour_rank <= rules.neighbours

)

select * from final
