{#- One row per taker of something new (fit, person, item type) and item of their history, with its weight. -#}
with

takers as (

    select * from {{ ref('int_recommendation_takers') }}
    where answer = 'new_to_you' and item_count > 0

),

histories as (

    select * from {{ ref('int_recommendation_histories') }}

),

final as (

    select
        takers.taker_number,
        takers.fit,
        takers.is_minor,
        takers.plan_rank,
        histories.item_number,
        histories.taste_weight,
        histories.is_counted
    from takers
    inner join histories
        on
            takers.fit = histories.fit
            and takers.item_type = histories.item_type
            and takers.customer_number = histories.customer_number

)

select * from final
