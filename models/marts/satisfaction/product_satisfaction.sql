{#-
  One row per product that was sold, reviewed or complained about: rating, complaints and returns.
  A product with few reviews is drawn towards the mean of all, so that one five-star review wins no
  ranking.
-#}
{%- set prior_reviews = 10 -%}
with

products as (

    select * from {{ ref('products') }}

),

sales as (

    select * from {{ ref('int_product_outcomes') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

mentions as (

    select * from {{ ref('int_feedback_theme_mentions') }}

),

definitions as (

    select * from {{ ref('feedback_theme_definitions') }}

),

-- 1. reviews of the product: the newest of each person
ranked_reviews as (

    select
        *,
        row_number() over (
            partition by product_id, counted_key order by answered_at desc, answer_id desc
        ) as answer_rank
    from answers
    where metric = 'review' and product_id is not null

),

reviews as (

    select
        product_id,
        count(*) as responses,
        sum(score) as total_score,
        sum(score * score) as total_square,
        count(case when score_class = 'promoter' then 1 end) as positive_reviews,
        count(case when score_class = 'detractor' then 1 end) as negative_reviews,
        max(answered_at) as last_reviewed_at
    from ranked_reviews
    where answer_rank = 1
    group by product_id

),

all_reviews as (

    select {{ safe_divide('sum(total_score)', 'sum(responses)') }} as mean_rating
    from reviews

),

-- 2. the pain that reviews of the product name most often, ties by name
pains as (

    select
        answers.product_id,
        mentions.theme,
        count(*) as mentions,
        row_number() over (
            partition by answers.product_id order by count(*) desc, mentions.theme asc
        ) as theme_rank
    from answers
    inner join mentions on answers.answer_id = mentions.answer_id
    inner join definitions on mentions.theme = definitions.theme
    where definitions.kind = 'pain' and answers.product_id is not null
    group by answers.product_id, mentions.theme

),

joined as (

    select
        products.product_id,
        products.category,
        products.brand,
        coalesce(reviews.responses, 0) as responses,
        reviews.total_score / reviews.responses as rating,
        {{ mean_variance('reviews.total_score', 'reviews.total_square', 'reviews.responses') }} as rating_variance,
        (coalesce(reviews.total_score, 0e0) + {{ prior_reviews }} * all_reviews.mean_rating)
        / (coalesce(reviews.responses, 0) + {{ prior_reviews }}) as adjusted_rating,
        {{ safe_divide('reviews.negative_reviews', 'reviews.responses') }} as negative_share,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.units, 0e0) as units,
        coalesce(sales.complained_orders, 0) as complained_orders,
        coalesce(sales.returned_orders, 0) as returned_orders,
        {{ safe_divide('sales.complained_orders', 'sales.orders') }} as complaint_rate,
        {{ safe_divide('sales.returned_orders', 'sales.orders') }} as return_rate,
        {{ safe_divide('sales.returned_units', 'sales.units') }} as returned_unit_share,
        coalesce(sales.nps_responses, 0) as nps_responses,
        sales.nps_mean_score,
        pains.theme as top_pain,
        reviews.last_reviewed_at
    from products
    cross join all_reviews
    left join reviews on products.product_id = reviews.product_id
    left join sales on products.product_id = sales.product_id
    left join pains
        on
            products.product_id = pains.product_id
            and pains.theme_rank = 1

),

final as (

    select
        -- key
        product_id,

        -- attributes
        category,
        brand,
        top_pain,

        -- reviews
        responses,
        rating,
        greatest(1e0, rating - {{ z_95() }} * sqrt(rating_variance)) as ci_low,
        least(5e0, rating + {{ z_95() }} * sqrt(rating_variance)) as ci_high,
        adjusted_rating,
        negative_share,
        case when negative_share is not null then {{ wilson_low('negative_share * responses', 'responses') }} end as negative_share_low,
        case when negative_share is not null then {{ wilson_high('negative_share * responses', 'responses') }} end as negative_share_high,
        responses < {{ var('small_sample_under') | int }} as is_small_sample,

        -- orders
        orders,
        units,
        complained_orders,
        complaint_rate,
        {{ wilson_low('complained_orders', 'orders') }} as complaint_rate_low,
        {{ wilson_high('complained_orders', 'orders') }} as complaint_rate_high,
        returned_orders,
        return_rate,
        {{ wilson_low('returned_orders', 'orders') }} as return_rate_low,
        {{ wilson_high('returned_orders', 'orders') }} as return_rate_high,
        returned_unit_share,
        nps_responses,
        nps_mean_score,

        -- times
        last_reviewed_at
    from joined
    where responses > 0 or orders > 0

)

select * from final
