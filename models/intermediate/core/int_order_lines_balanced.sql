{#-
  One row per line of an order that is not cancelled, in base currency. The lines of an order add
  up to its net amount and to its refunds, to the cent: where header and lines differ, or lines are
  absent, a line 0 without product carries the difference.
-#}
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

returns as (

    select * from {{ ref('int_returns_valued') }}

),

-- 1. each line in whole cents, rounded down; what rounding lost goes to the largest line
line_cents as (

    select
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,
        products.category,
        products.subcategory,
        products.brand,
        order_items.quantity,
        -- the cost of a product stands in base currency, that of a line in its order's
        coalesce(
            {{ to_base_exact('order_items.unit_cost', 'order_items.rate_to_base') }},
            {{ to_base_exact('products.unit_cost', '1') }}
        ) as unit_cost,
        order_items.unit_cost is null and products.unit_cost is not null as is_unit_cost_imputed,
        order_items.rate_to_base,
        order_items.discount_amount,
        {{ to_base_cents_floor('order_items.net_amount', 'order_items.rate_to_base') }} as floor_cents,
        sum({{ to_base_exact('order_items.net_amount', 'order_items.rate_to_base') }})
            over (partition by order_items.order_id) as order_line_amount,
        row_number() over (
            partition by order_items.order_id
            order by order_items.net_amount desc, order_items.line_number asc
        ) as size_rank
    from order_items
    inner join orders on order_items.order_id = orders.order_id
    left join products on order_items.product_id = products.product_id

),

real_lines as (

    select
        order_id,
        line_number,
        false as is_balancing_line,
        product_id,
        category,
        subcategory,
        brand,
        quantity,
        cast(unit_cost as decimal(18, 4)) as unit_cost,
        is_unit_cost_imputed,
        {{ to_base('discount_amount') }} as discount_amount,
        cast(floor_cents + case
            when size_rank = 1
                then {{ money_to_cents('order_line_amount') }} - sum(floor_cents) over (partition by order_id)
            else 0
        end as bigint) as net_cents
    from line_cents

),

-- 2. the difference between header and lines
line_totals as (

    select
        order_id,
        cast(sum(net_cents) as bigint) as net_cents
    from real_lines
    group by order_id

),

balancing_lines as (

    select
        orders.order_id,
        cast(0 as bigint) as line_number,
        true as is_balancing_line,
        cast(null as string) as product_id,
        cast(null as string) as category,
        cast(null as string) as subcategory,
        cast(null as string) as brand,
        cast(null as decimal(18, 4)) as quantity,
        cast(null as decimal(18, 4)) as unit_cost,
        false as is_unit_cost_imputed,
        cast(null as decimal(18, 2)) as discount_amount,
        {{ money_to_cents('orders.net_amount') }} - coalesce(line_totals.net_cents, 0) as net_cents
    from orders
    left join line_totals on orders.order_id = line_totals.order_id
    where
        line_totals.order_id is null
        or {{ money_to_cents('orders.net_amount') }} != line_totals.net_cents

),

all_lines as (

    select * from real_lines
    union all
    select * from balancing_lines

),

-- 3. refunds that name a line go to it
line_returns as (

    select
        order_id,
        line_number,
        {{ money_to_cents('sum(refund_amount)') }} as refunded_cents,
        sum(quantity) as returned_quantity,
        count(*) - count(quantity) as returns_without_quantity
    from returns
    where line_number is not null
    group by order_id, line_number

),

-- 4. refunds of a whole order are spread over its lines by value
order_returns as (

    select
        order_id,
        {{ money_to_cents('sum(refund_amount)') }} as refunded_cents
    from returns
    where line_number is null
    group by order_id

),

with_refunds as (

    select
        all_lines.*,
        coalesce(line_returns.refunded_cents, 0) as named_refund_cents,
        line_returns.returned_quantity,
        line_returns.returns_without_quantity,
        coalesce(order_returns.refunded_cents, 0) as order_refund_cents,
        {{ share_of_cents(
            'coalesce(order_returns.refunded_cents, 0)',
            'greatest(all_lines.net_cents, 0)',
            'all_lines.order_id'
        ) }} as spread_refund_cents,
        row_number() over (
            partition by all_lines.order_id
            order by all_lines.net_cents desc, all_lines.line_number asc
        ) as size_rank
    from all_lines
    left join line_returns
        on
            all_lines.order_id = line_returns.order_id
            and all_lines.line_number = line_returns.line_number
    left join order_returns on all_lines.order_id = order_returns.order_id

),

refunded as (

    select
        *,
        named_refund_cents + spread_refund_cents + case
            when size_rank = 1
                then order_refund_cents - sum(spread_refund_cents) over (partition by order_id)
            else 0
        end as refunded_cents
    from with_refunds

),

-- 5. goods that came back: as stated, else in proportion to the money refunded
final as (

    select
        order_id,
        line_number,
        is_balancing_line,
        product_id,
        category,
        subcategory,
        brand,
        quantity,
        unit_cost,
        is_unit_cost_imputed,
        discount_amount,
        {{ cents_to_money('net_cents') }} as net_amount,
        {{ cents_to_money('refunded_cents') }} as refunded_amount,
        case
            when quantity is null or refunded_cents = 0 and returned_quantity is null then cast(0 as decimal(18, 4))
            when returned_quantity is not null and returns_without_quantity = 0
                then cast(least(returned_quantity, quantity) as decimal(18, 4))
            when net_cents <= 0 then cast(0 as decimal(18, 4))
            else cast(
                cast(quantity as double) * least(cast(refunded_cents as double) / net_cents, 1e0)
                as decimal(18, 4)
            )
        end as returned_quantity
    from refunded

)

select * from final
