{#-
  One row per customer who consents to personalisation, item type, answer (new to them, buy again) and
  rank 1 to 10: the item, how well it suits, and why. The model is the one that recommendation_performance
  publishes; places that it leaves open are filled with what is popular, and the row says so.
-#}
with

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where fit = 1

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

scores as (

    select * from {{ ref('int_recommendation_scores') }}

),

popular_lists as (

    select * from {{ ref('int_recommendation_popular_lists') }}

),

habits as (

    select * from {{ ref('int_recommendation_habits') }}

),

similarities as (

    select * from {{ ref('int_recommendation_similarities') }}
    where fit = 1

),

published as (

    select * from {{ ref('recommendation_performance') }}
    where is_published and k = 10

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. the lists of the models that are published, each with what its reasons speak of
offered as (

    select
        takers.taker_number,
        published.model,
        scores.item_rank,
        scores.item_number,
        scores.suitability as score,
        scores.because_number,
        cast(null as int) as day_count,
        cast(null as int) as last_age_days,
        cast(null as bigint) as interval_days
    from takers
    inner join published on takers.item_type = published.item_type and takers.answer = published.answer
    inner join scores on takers.taker_number = scores.taker_number
    where published.model = 'item_item'
    union all
    select
        takers.taker_number,
        published.model,
        case when published.model = 'own_rhythm' then habits.own_rhythm_rank else habits.repeat_purchase_rank end as item_rank,
        habits.item_number,
        habits.score,
        cast(null as int) as because_number,
        habits.day_count,
        habits.last_age_days,
        habits.interval_days
    from takers
    inner join published on takers.item_type = published.item_type and takers.answer = published.answer
    inner join habits on takers.taker_number = habits.taker_number
    where
        takers.answer = 'buy_again'
        and case when published.model = 'own_rhythm' then habits.own_rhythm_rank else habits.repeat_purchase_rank end <= 10

),

offer_counts as (

    select
        taker_number,
        cast(count(*) as int) as offer_count
    from offered
    group by taker_number

),

-- 2. popular things where places are open, each item once; whole lists keep their places
fillers as (

    select
        popular_lists.*,
        popular_lists.item_rank as place
    from popular_lists
    anti join offer_counts on popular_lists.taker_number = offer_counts.taker_number
    union all
    select
        popular_lists.*,
        offer_counts.offer_count
        + cast(row_number() over (
            partition by popular_lists.taker_number order by popular_lists.item_rank asc
        ) as int) as place
    from popular_lists
    inner join offer_counts on popular_lists.taker_number = offer_counts.taker_number
    anti join offered
        on
            popular_lists.taker_number = offered.taker_number
            and popular_lists.item_number = offered.item_number
    where offer_counts.offer_count < 10

),

placed as (

    select
        *,
        item_rank as place,
        cast(null as string) as audience_kind,
        cast(null as string) as audience,
        cast(null as bigint) as popular_customers,
        cast(null as bigint) as audience_people
    from offered
    union all
    select
        taker_number,
        'popularity' as model,
        item_rank,
        item_number,
        {{ safe_divide('customers', 'audience_people') }} as score,
        cast(null as int) as because_number,
        cast(null as int) as day_count,
        cast(null as int) as last_age_days,
        cast(null as bigint) as interval_days,
        place,
        audience_kind,
        audience,
        customers as popular_customers,
        audience_people
    from fillers
    where place <= 10

),

-- 3. numbers become names
reasoned as (

    select
        placed.*,
        takers.item_type,
        takers.answer,
        takers.item_count,
        customers.customer_id,
        items.item,
        items.item_label,
        items.category,
        because.item as because_item,
        because.item_label as because_label,
        similarities.co_customers,
        similarities.item_customers,
        reference_date.as_of
    from placed
    cross join reference_date
    inner join takers on placed.taker_number = takers.taker_number
    inner join customers on takers.customer_number = customers.customer_number
    inner join items on placed.item_number = items.item_number
    left join items as because on placed.because_number = because.item_number
    left join similarities
        on
            placed.because_number = similarities.item_number
            and placed.item_number = similarities.neighbour_number

),

final as (

    select
        -- key
        customer_id,
        item_type,
        answer,
        place as rank,

        -- attributes
        item,
        item_label,
        category,
        model,
        because_item,
        audience_kind,
        audience,
        {{ recommendation_reason('en') }} as reason,
        {{ recommendation_reason('zh') }} as reason_zh,

        -- measures
        {{ round_significant('score') }} as score,

        -- times
        as_of
    from reasoned

)

select * from final
