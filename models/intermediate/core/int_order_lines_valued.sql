{#-
  One row per accepted line of an order that is not cancelled, in base currency: its amount exactly, and in
  whole cents, rounded down. A view: int_order_lines_balanced makes the lines add up.
-#}
{{ config(materialized='view') }}
with

orders as (

    select * from {{ ref('int_orders_identified') }}

),

order_items as (

    select * from {{ ref('stg_commerce__order_items') }}

),

products as (

    select * from {{ ref('stg_commerce__products') }}

),

final as (

    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        products.category,
        products.subcategory,
        products.brand,
        order_items.quantity,
        -- the cost of a product stands in base currency, that of a line in its order's
        cast(coalesce(
            {{ to_base_exact('order_items.unit_cost', 'order_items.rate_to_base') }},
            {{ to_base_exact('products.unit_cost', '1') }}
        ) as decimal(18, 4)) as unit_cost,
        order_items.unit_cost is null and products.unit_cost is not null as is_unit_cost_imputed,
        {{ to_base('order_items.discount_amount', 'order_items.rate_to_base') }} as discount_amount,
        order_items.net_amount as source_amount,
        {{ to_base_exact('order_items.net_amount', 'order_items.rate_to_base') }} as exact_amount,
        {{ to_base_cents_floor('order_items.net_amount', 'order_items.rate_to_base') }} as floor_cents
    from order_items
    semi join orders on order_items.order_id = orders.order_id
    left join products on order_items.product_id = products.product_id

)

select * from final
