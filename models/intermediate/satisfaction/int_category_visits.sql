{#-
  One row per customer and category: days of the last 365 on which the customer looked at or bought
  something of the category.
-#}
with

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

products as (

    select * from {{ ref('products') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. one row per account, day and product or category before anything is joined
event_days as (

    select
        source_system,
        account_id,
        product_id,
        category,
        {{ local_date('occurred_at') }} as visited_on
    from web_events
    where account_id is not null and coalesce(product_id, category) is not null
    group by source_system, account_id, product_id, category, {{ local_date('occurred_at') }}

),

visits as (

    select
        accounts.customer_id,
        coalesce(products.category, event_days.category) as category,
        event_days.visited_on
    from event_days
    inner join accounts
        on
            event_days.source_system = accounts.source_system
            and event_days.account_id = accounts.account_id
    left join products on event_days.product_id = products.product_id

    union

    select
        customer_id,
        category,
        ordered_on as visited_on
    from lines
    where customer_id is not null

),

final as (

    select
        visits.customer_id,
        visits.category,
        count(*) as visit_days
    from visits
    cross join reference_date
    where
        visits.category is not null
        and visits.visited_on >= {{ add_days('reference_date.as_of', -365) }}
    group by visits.customer_id, visits.category

)

select * from final
