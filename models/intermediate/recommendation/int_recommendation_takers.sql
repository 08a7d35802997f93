{#-
  One row per fit, item type, answer and person for whom recommendations are made, numbered: fit 0 those of the
  trial, fit 1 everybody who may receive (without a history of the type: `item_count` 0).
-#}
with

trials as (

    select * from {{ ref('int_recommendation_trials') }}

),

histories as (

    select * from {{ ref('int_recommendation_histories') }}

),

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

exclusions as (

    select * from {{ ref('recommendation_exclusions') }}
    where is_active and reason = 'lower_plan'

),

fits as (

    select * from {{ ref('int_recommendation_fits') }}
    where fit = 1

),

answers as (

    select 'new_to_you' as answer
    union all
    select 'buy_again' as answer

),

item_counts as (

    select
        fit,
        item_type,
        customer_number,
        max(item_count) as item_count
    from histories
    group by fit, item_type, customer_number

),

-- the highest plan that they have had: nobody is offered one below it
plan_ranks as (

    select
        histories.customer_number,
        max(items.plan_rank) as plan_rank
    from histories
    inner join items on histories.item_number = items.item_number
    semi join exclusions on histories.item_type = exclusions.item_type
    where histories.fit = 1 and items.plan_rank is not null
    group by histories.customer_number

),

wanted as (

    select
        0 as fit,
        item_type,
        answer,
        customer_number
    from trials
    group by item_type, answer, customer_number
    union all
    select
        fits.fit,
        fits.item_type,
        answers.answer,
        customers.customer_number
    from fits
    cross join customers
    inner join answers on answers.answer = 'new_to_you' or fits.item_type = 'product'
    where customers.is_receiver

),

final as (

    select
        cast(row_number() over (
            order by wanted.fit asc, wanted.item_type asc, wanted.answer asc, wanted.customer_number asc
        ) as int) as taker_number,
        wanted.fit,
        wanted.item_type,
        wanted.answer,
        wanted.customer_number,
        coalesce(item_counts.item_count, 0) as item_count,
        plan_ranks.plan_rank,
        -- in the trial nobody is kept from anything: what people bought is what is predicted
        customers.is_minor and wanted.fit = 1 as is_minor
    from wanted
    inner join customers on wanted.customer_number = customers.customer_number
    left join plan_ranks
        on
            wanted.customer_number = plan_ranks.customer_number
            and wanted.item_type = 'service'
            and wanted.fit = 1
    left join item_counts
        on
            wanted.fit = item_counts.fit
            and wanted.item_type = item_counts.item_type
            and wanted.customer_number = item_counts.customer_number

)

select * from final
