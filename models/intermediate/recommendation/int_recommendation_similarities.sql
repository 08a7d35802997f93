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
        item_sizes.item_type,
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
        people.customer_number,
        cast(row_number() over (
            order by people.fit asc, people.item_type asc, people.customer_number asc
        ) as int) as teacher_number
    from people
    cross join rules
    where people.pair_count <= rules.training_pairs

),

taught as (

    select
        teachers.teacher_number,
        usable.fit,
        usable.item_number,
        usable.teaching_weight
    from usable
    inner join teachers
        on
            usable.fit = teachers.fit
            and usable.item_type = teachers.item_type
            and usable.customer_number = teachers.customer_number

),

-- 3. who shares what
norms as (

    select
        taught.fit,
        items.item_type,
        taught.item_number,
        cast(count(*) as bigint) as customers,
        cast(sum(taught.teaching_weight * taught.teaching_weight) as bigint) as squares
    from taught
    inner join items on taught.fit = items.fit and taught.item_number = items.item_number
    group by taught.fit, items.item_type, taught.item_number

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
        first_item.item_number as first_number,
        second_item.item_number as second_number,
        cast(count(*) as bigint) as co_customers,
        cast(sum(first_item.teaching_weight * second_item.teaching_weight) as bigint) as products
    from taught as first_item
    inner join taught as second_item
        on
            first_item.teacher_number = second_item.teacher_number
            and first_item.item_number < second_item.item_number
    group by first_item.fit, first_item.item_number, second_item.item_number

),

both_ways as (

    select
        pairs.fit,
        pairs.first_number as item_number,
        pairs.second_number as neighbour_number,
        pairs.co_customers,
        pairs.products
    from pairs
    cross join rules
    where pairs.co_customers >= rules.min_co_customers
    union all
    select
        pairs.fit,
        pairs.second_number as item_number,
        pairs.first_number as neighbour_number,
        pairs.co_customers,
        pairs.products
    from pairs
    cross join rules
    where pairs.co_customers >= rules.min_co_customers

),

measured as (

    select
        both_ways.fit,
        item.item_type,
        both_ways.item_number,
        both_ways.neighbour_number,
        both_ways.co_customers,
        item.customers as item_customers,
        neighbour.customers as neighbour_customers,
        sizes.customers as all_customers,
        neighbour.squares as neighbour_squares,
        min(neighbour.squares) over (partition by both_ways.fit, item.item_type) as least_squares,
        both_ways.products / sqrt(cast(item.squares as double)) / sqrt(cast(neighbour.squares as double))
        * both_ways.co_customers / (both_ways.co_customers + rules.shrinkage_customers) as similarity,
        rules.popularity_exponent - 0.5e0 as extra_exponent
    from both_ways
    cross join rules
    inner join norms as item on both_ways.fit = item.fit and both_ways.item_number = item.item_number
    inner join norms as neighbour on both_ways.fit = neighbour.fit and both_ways.neighbour_number = neighbour.item_number
    inner join sizes on both_ways.fit = sizes.fit and item.item_type = sizes.item_type

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
