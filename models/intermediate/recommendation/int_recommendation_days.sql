{#- One row per customer, item and day on which they bought, read, used or subscribed to it, all by number. -#}
with

customers as (

    select * from {{ ref('int_recommendation_customers') }}

),

items as (

    select * from {{ ref('int_recommendation_items') }}

),

lines as (

    select
        order_lines.customer_id,
        order_lines.ordered_on,
        {{ recommendation_product('order_lines') }} as item
    from {{ ref('order_lines') }} as order_lines
    where order_lines.customer_id is not null

),

touches as (

    select * from {{ ref('int_recommendation_touches') }}

),

final as (

    select
        items.item_type,
        customers.customer_number,
        items.item_number,
        lines.ordered_on as happened_on
    from lines
    inner join customers on lines.customer_id = customers.customer_id
    inner join items on lines.item = items.item and items.item_type = 'product'
    group by items.item_type, customers.customer_number, items.item_number, lines.ordered_on
    union all
    select
        items.item_type,
        touches.customer_number,
        items.item_number,
        touches.happened_on
    from touches
    inner join items on touches.kind = items.item_type and touches.thing = items.item

)

select * from final
