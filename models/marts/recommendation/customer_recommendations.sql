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

-- 1. the lists of the models that are published
offered as (

    select
        takers.taker_number,
        published.model,
        1 as priority,
        scores.item_rank,
        scores.item_number,
        scores.suitability as score,
        scores.because_number
    from takers
    inner join published on takers.item_type = published.item_type and takers.answer = published.answer
    inner join scores on takers.taker_number = scores.taker_number
    where published.model = 'item_item'
    union all
    select
        takers.taker_number,
        published.model,
        1 as priority,
        case when published.model = 'own_rhythm' then habits.own_rhythm_rank else habits.repeat_purchase_rank end as item_rank,
        habits.item_number,
        habits.score,
        cast(null as int) as because_number
    from takers
    inner join published on takers.item_type = published.item_type and takers.answer = published.answer
    inner join habits on takers.taker_number = habits.taker_number
    where
        takers.answer = 'buy_again'
        and case when published.model = 'own_rhythm' then habits.own_rhythm_rank else habits.repeat_purchase_rank end <= 10

),

-- 2. popular things where a place is open, each item once
filled as (

    select * from offered
    union all
    select
        popular_lists.taker_number,
        'popularity' as model,
        2 as priority,
        popular_lists.item_rank,
        popular_lists.item_number,
        {{ safe_divide('popular_lists.customers', 'popular_lists.audience_people') }} as score,
        cast(null as int) as because_number
    from popular_lists
    inner join takers on popular_lists.taker_number = takers.taker_number
    anti join offered
        on
            popular_lists.taker_number = offered.taker_number
            and popular_lists.item_number = offered.item_number

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by taker_number order by priority * 100 + item_rank asc
        ) as int) as place
    from filled
    qualify row_number() over (
        partition by taker_number order by priority * 100 + item_rank asc
    ) <= 10

),

-- 3. what each reason speaks of
reasoned as (

    select
        ranked.*,
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
        habits.day_count,
        habits.last_age_days,
        habits.interval_days,
        popular_lists.audience_kind,
        popular_lists.audience,
        popular_lists.customers as popular_customers,
        popular_lists.audience_people,
        reference_date.as_of
    from ranked
    cross join reference_date
    inner join takers on ranked.taker_number = takers.taker_number
    inner join customers on takers.customer_number = customers.customer_number
    inner join items on ranked.item_number = items.item_number
    left join items as because on ranked.because_number = because.item_number
    left join similarities
        on
            ranked.because_number = similarities.item_number
            and ranked.item_number = similarities.neighbour_number
    left join habits
        on
            ranked.taker_number = habits.taker_number
            and ranked.item_number = habits.item_number
    left join popular_lists
        on
            ranked.taker_number = popular_lists.taker_number
            and ranked.item_number = popular_lists.item_number
            and ranked.model = 'popularity'

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
