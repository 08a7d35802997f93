{#-
  One row per answer and item that came true: what people with a history bought (read, used) in the
  trial period, new to them or again, for at most as many people a type as rule trial_customers says.
-#}
with

days as (

    select * from {{ ref('int_recommendation_days') }}

),

fits as (

    select * from {{ ref('int_recommendation_fits') }}
    where fit = 0

),

histories as (

    select * from {{ ref('int_recommendation_histories') }}
    where fit = 0

),

rules as (

    select * from {{ ref('int_recommendation_rules') }}

),

people as (

    select
        item_type,
        customer_number
    from histories
    group by item_type, customer_number

),

happened as (

    select
        days.item_type,
        days.customer_number,
        days.item_number
    from days
    inner join fits on days.item_type = fits.item_type and days.happened_on >= fits.known_until
    inner join people on days.item_type = people.item_type and days.customer_number = people.customer_number
    group by days.item_type, days.customer_number, days.item_number

),

judged as (

    select
        happened.item_type,
        case when histories.item_number is null then 'new_to_you' else 'buy_again' end as answer,
        happened.customer_number,
        happened.item_number
    from happened
    left join histories
        on
            happened.customer_number = histories.customer_number
            and happened.item_number = histories.item_number

),

-- the numbers follow salted hashes: the first of them are a sample by chance
ranked as (

    select
        *,
        dense_rank() over (partition by item_type, answer order by customer_number asc) as person_rank
    from judged
    where answer = 'new_to_you' or item_type = 'product'

),

final as (

    select
        ranked.item_type,
        ranked.answer,
        ranked.customer_number,
        ranked.item_number,
        cast(count(*) over (partition by ranked.item_type, ranked.answer, ranked.customer_number) as int) as happened_count
    from ranked
    cross join rules
    where ranked.person_rank <= rules.trial_customers

)

select * from final
