{#- One row per person and product that is not offered again: sent back, complained about or rated low. -#}
with

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}
    where item_type = 'product'

),

exclusions as (

    select
        exclusions.*,
        {{ add_days('reference_date.as_of', '-exclusions.window_days') }} as window_begins_on
    from {{ ref('recommendation_exclusions') }} as exclusions
    cross join {{ ref('stg_commerce__as_of') }} as reference_date
    where exclusions.is_active and exclusions.reason in ('returned', 'complained', 'rated_low')

),

lines as (

    select
        *,
        {{ recommendation_product('order_lines') }} as item
    from {{ ref('order_lines') }} as order_lines

),

returns as (

    select * from {{ ref('order_returns') }}

),

tickets as (

    select * from {{ ref('stg_feedback__service_tickets') }}
    where ticket_type = 'complaint' and order_id is not null

),

reviews as (

    select * from {{ ref('stg_feedback__reviews') }}
    where product_id is not null

),

products as (

    select
        products.product_id,
        {{ recommendation_product('products') }} as item
    from {{ ref('products') }} as products

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

-- an exchange is no refusal
sent_back as (

    select
        returns.customer_id,
        products.item,
        exclusions.reason
    from returns
    inner join exclusions on exclusions.reason = 'returned' and returns.returned_on >= exclusions.window_begins_on
    inner join products on returns.product_id = products.product_id
    where returns.customer_id is not null and coalesce(returns.return_type, 'refund') != 'exchange'

),

complained as (

    select
        lines.customer_id,
        lines.item,
        exclusions.reason
    from tickets
    inner join exclusions
        on
            exclusions.reason = 'complained'
            and exclusions.topic = coalesce(tickets.topic, '(none)')
            and exclusions.window_begins_on <= {{ local_date('tickets.opened_at') }}
    inner join lines on tickets.order_id = lines.order_id
    where lines.customer_id is not null

),

rated_low as (

    select
        accounts.customer_id,
        products.item,
        exclusions.reason
    from reviews
    inner join exclusions
        on
            exclusions.reason = 'rated_low'
            and reviews.rating <= exclusions.threshold
            and exclusions.window_begins_on <= {{ local_date('reviews.reviewed_at') }}
    inner join accounts
        on
            reviews.source_system = accounts.source_system
            and reviews.account_id = accounts.account_id
    inner join products on reviews.product_id = products.product_id

),

unioned as (

    select * from sent_back
    union all
    select * from complained
    union all
    select * from rated_low

),

final as (

    select
        customers.customer_number,
        items.item_number,
        min(unioned.reason) as reason
    from unioned
    inner join customers on unioned.customer_id = customers.customer_id
    inner join items on unioned.item = items.item
    group by customers.customer_number, items.item_number

)

select * from final
