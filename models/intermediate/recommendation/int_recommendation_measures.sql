{#- One row per item type, answer, model and k: how good the model's first k places were in the trial. -#}
with

lists as (

    select * from {{ ref('int_recommendation_trial_lists') }}

),

trials as (

    select * from {{ ref('int_recommendation_trials') }}

),

popularity as (

    select * from {{ ref('int_recommendation_popularity') }}
    where fit = 0 and audience_kind = 'everyone'

),

lengths as (

    select 5 as k
    union all
    select 10 as k

),

-- 1. what each place is worth, and all places up to it
places as (

    select
        place,
        {{ safe_divide('ln(2e0)', 'ln(1e0 + place)') }} as gain
    from {{ number_series(1, 10, 'place') }} as numbers

),

ideals as (

    select
        upto.place as place_count,
        {{ stable_sum('places.gain') }} as ideal_gain
    from places as upto
    inner join places on upto.place >= places.place
    group by upto.place

),

-- 2. one row per person, those included who got no list
people as (

    select
        item_type,
        answer,
        customer_number,
        max(happened_count) as happened_count
    from trials
    group by item_type, answer, customer_number

),

people_counts as (

    select
        item_type,
        answer,
        cast(count(*) as bigint) as trial_customers
    from people
    group by item_type, answer

),

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where fit = 0

),

by_person as (

    select
        lists.model,
        lengths.k,
        takers.item_type,
        takers.answer,
        takers.customer_number,
        count(*) as listed_count,
        count(case when lists.is_hit then 1 end) as hit_count,
        {{ stable_sum('case when lists.is_hit then places.gain else 0e0 end') }} as gain
    from lists
    inner join lengths on lists.item_rank <= lengths.k
    inner join places on lists.item_rank = places.place
    inner join takers on lists.taker_number = takers.taker_number
    group by lists.model, lengths.k, takers.item_type, takers.answer, takers.customer_number

),

summed as (

    select
        by_person.item_type,
        by_person.answer,
        by_person.model,
        by_person.k,
        cast(count(case when by_person.hit_count > 0 then 1 end) as bigint) as hit_customers,
        cast(sum(by_person.hit_count) as bigint) as hit_count,
        {{ stable_sum('by_person.hit_count / cast(people.happened_count as double)') }} as recalls,
        {{ stable_sum('by_person.gain / ideals.ideal_gain') }} as ndcgs
    from by_person
    inner join people
        on
            by_person.item_type = people.item_type
            and by_person.answer = people.answer
            and by_person.customer_number = people.customer_number
    inner join ideals on least(people.happened_count, by_person.k) = ideals.place_count
    group by by_person.item_type, by_person.answer, by_person.model, by_person.k

),

-- 3. how much of the range is shown, and how little known it is
shown as (

    select
        lists.item_type,
        lists.answer,
        lists.model,
        lengths.k,
        lists.item_number,
        count(*) as times_shown
    from lists
    inner join lengths on lists.item_rank <= lengths.k
    group by lists.item_type, lists.answer, lists.model, lengths.k, lists.item_number

),

range_sizes as (

    select
        item_type,
        count(*) as item_count
    from popularity
    group by item_type

),

spread as (

    select
        shown.item_type,
        shown.answer,
        shown.model,
        shown.k,
        {{ safe_divide('count(*)', 'max(range_sizes.item_count)') }} as coverage,
        {{ safe_divide(
            stable_sum('-shown.times_shown * ln(popularity.customers / cast(popularity.audience_people as double)) / ln(2e0)'),
            'sum(shown.times_shown)'
        ) }} as novelty
    from shown
    inner join popularity on shown.item_number = popularity.item_number
    inner join range_sizes on shown.item_type = range_sizes.item_type
    group by shown.item_type, shown.answer, shown.model, shown.k

),

final as (

    select
        summed.item_type,
        summed.answer,
        summed.model,
        summed.k,
        people_counts.trial_customers,
        summed.hit_customers,
        {{ safe_divide('summed.hit_customers', 'people_counts.trial_customers') }} as hit_rate,
        {{ safe_divide('summed.hit_count', 'summed.k * people_counts.trial_customers') }} as precision_rate,
        {{ safe_divide('summed.recalls', 'people_counts.trial_customers') }} as recall_rate,
        {{ safe_divide('summed.ndcgs', 'people_counts.trial_customers') }} as ndcg,
        spread.coverage,
        spread.novelty
    from summed
    inner join people_counts on summed.item_type = people_counts.item_type and summed.answer = people_counts.answer
    left join spread
        on
            summed.item_type = spread.item_type
            and summed.answer = spread.answer
            and summed.model = spread.model
            and summed.k = spread.k

)

select * from final
