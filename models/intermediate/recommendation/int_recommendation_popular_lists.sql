{#-
  One row per taker and item popular in their audience that they do not have yet, the ten first. People
  without a history of the type get the list of the category they looked at, else of their region, else of
  their age band, where it has enough people; everybody else, and the trial, the list of everyone.
-#}
with

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where answer = 'new_to_you'

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

touches as (

    select * from {{ ref('int_recommendation_touches') }}
    where kind = 'category'

),

popularity as (

    select * from {{ ref('int_recommendation_popularity') }}

),

histories as (

    select * from {{ ref('int_recommendation_histories') }}

),

-- 1. the way in: the category looked at on most days
category_days as (

    select
        customer_number,
        thing as category,
        row_number() over (
            partition by customer_number order by count(*) desc, max(happened_on) desc, thing asc
        ) as category_rank
    from touches
    group by customer_number, thing

),

lists as (

    select
        item_type,
        audience_kind,
        audience
    from popularity
    where fit = 1
    group by item_type, audience_kind, audience

),

strangers as (

    select
        takers.taker_number,
        takers.item_type,
        customers.home_region,
        customers.age_band,
        category_days.category
    from takers
    inner join customers on takers.customer_number = customers.customer_number
    left join category_days
        on
            takers.customer_number = category_days.customer_number
            and category_days.category_rank = 1
            and takers.item_type = 'product'
    where takers.fit = 1 and takers.item_count = 0

),

audiences as (

    select
        strangers.taker_number,
        case
            when by_category.audience is not null then 'category'
            when by_region.audience is not null then 'region'
            when by_age.audience is not null then 'age_band'
            else 'everyone'
        end as audience_kind,
        coalesce(by_category.audience, by_region.audience, by_age.audience, 'everyone') as audience
    from strangers
    left join lists as by_category
        on
            strangers.item_type = by_category.item_type
            and strangers.category = by_category.audience
            and by_category.audience_kind = 'category'
    left join lists as by_region
        on
            strangers.item_type = by_region.item_type
            and strangers.home_region = by_region.audience
            and by_region.audience_kind = 'region'
    left join lists as by_age
        on
            strangers.item_type = by_age.item_type
            and strangers.age_band = by_age.audience
            and by_age.audience_kind = 'age_band'

),

-- 2. ten places, and as many more as may be taken by what they have or must not see
sought as (

    select
        takers.taker_number,
        takers.fit,
        takers.item_type,
        takers.customer_number,
        takers.is_minor,
        takers.plan_rank,
        coalesce(audiences.audience_kind, 'everyone') as audience_kind,
        coalesce(audiences.audience, 'everyone') as audience,
        10 + takers.item_count + case when takers.is_minor then 30 else 0 end as place_count
    from takers
    left join audiences on takers.taker_number = audiences.taker_number

),

places as (

    select
        sought.*,
        cast(numbers.place as int) as place
    from sought {{ explode_array(number_array('1', 'sought.place_count'), 'numbers', 'place') }}

),

open_places as (

    select
        places.taker_number,
        popularity.item_number,
        popularity.audience_kind,
        popularity.audience,
        popularity.customers,
        popularity.audience_people,
        popularity.popularity_rank
    from places
    inner join popularity
        on
            places.fit = popularity.fit
            and places.item_type = popularity.item_type
            and places.audience_kind = popularity.audience_kind
            and places.audience = popularity.audience
            and places.place = popularity.popularity_rank
    anti join histories
        on
            places.fit = histories.fit
            and places.customer_number = histories.customer_number
            and popularity.item_number = histories.item_number
    where
        not (popularity.is_adults_only and places.is_minor)
        and coalesce(popularity.plan_rank > places.plan_rank, true)

),

final as (

    select
        *,
        cast(row_number() over (partition by taker_number order by popularity_rank asc) as int) as item_rank
    from open_places
    qualify row_number() over (partition by taker_number order by popularity_rank asc) <= 10

)

select * from final
