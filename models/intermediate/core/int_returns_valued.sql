{#- One row per accepted return of an order that is not cancelled, its refund in base currency, matched to a line where it names one. -#}
with

returns as (

    select * from {{ ref('stg_commerce__returns') }}

),

orders as (

    select * from {{ ref('int_orders_identified') }}

),

-- of the lines only those of orders with returns
order_items as (

    select items.* from {{ ref('stg_commerce__order_items') }} as items
    semi join returns on items.order_id = returns.order_id

),

-- a product that stands on several lines of an order: the first line takes its returns
product_lines as (

    select
        order_id,
        product_id,
        min(line_number) as line_number
    from order_items
    group by order_id, product_id

),

final as (

    select
        returns.return_id,
        returns.order_id,
        coalesce(stated_line.line_number, product_lines.line_number) as line_number,
        returns.returned_at,
        {{ local_date('returns.returned_at') }} as returned_on,
        coalesce(returns.return_type, 'refund') as return_type,
        returns.reason,
        coalesce(stated_line.product_id, returns.product_id) as product_id,
        returns.quantity,
        {{ to_base('returns.refund_amount', 'returns.rate_to_base') }} as refund_amount
    from returns
    inner join orders on returns.order_id = orders.order_id
    left join order_items as stated_line
        on
            returns.order_id = stated_line.order_id
            and returns.line_number = stated_line.line_number
    left join product_lines
        on
            returns.order_id = product_lines.order_id
            and returns.product_id = product_lines.product_id
            and stated_line.line_number is null

)

select * from final
