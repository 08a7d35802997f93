{#- One row per line of an order that is not cancelled; line 0 balances header and lines. -#}
with

lines as (

    select * from {{ ref('int_order_lines_balanced') }}

),

orders as (

    select * from {{ ref('orders') }}

),

final as (

    select
        -- key
        lines.order_id,
        lines.line_number,

        -- attributes
        orders.customer_id,
        lines.product_id,
        lines.category,
        lines.subcategory,
        lines.brand,
        lines.is_balancing_line,

        -- measures
        lines.quantity,
        lines.returned_quantity,
        lines.unit_cost,
        lines.is_unit_cost_imputed,
        lines.discount_amount,
        lines.net_amount,
        lines.refunded_amount,
        cast(lines.net_amount - lines.refunded_amount as decimal(18, 2)) as net_revenue,

        -- times
        orders.ordered_at,
        orders.ordered_on
    from lines
    inner join orders on lines.order_id = orders.order_id

)

select * from final
