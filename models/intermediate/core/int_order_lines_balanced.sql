{#-
  One row per line of an order that is not cancelled, in base currency. The lines of an order add
  up to its net amount and to its refunds, to the cent: where header and lines differ, or lines are
  absent, a line 0 without product carries the difference.
-#}
with

orders as (

    select * from {{ ref('int_orders_identified') }}

),

line_cents as (

    select * from {{ ref('int_order_lines_valued') }}

),

returns as (

    select * from {{ ref('int_returns_valued') }}

),

-- 1. the lines of an order together
line_totals as (

    select
        order_id,
        {{ money_to_cents('sum(exact_amount)') }} as net_cents,
        cast(sum(floor_cents) as bigint) as floor_cents
    from line_cents
    group by order_id

),

-- 2. what rounding lost, in few orders, goes to their largest line
rounded_orders as (

    select
        order_id,
        net_cents - floor_cents as lost_cents
    from line_totals
    where net_cents != floor_cents

),

rounded_lines as (

    select
        line_cents.order_id,
        line_cents.line_number,
        rounded_orders.lost_cents,
        row_number() over (
            partition by line_cents.order_id
            order by line_cents.source_amount desc, line_cents.line_number asc
        ) as size_rank
    from line_cents
    inner join rounded_orders on line_cents.order_id = rounded_orders.order_id

),

largest_lines as (

    select
        order_id,
        line_number,
        lost_cents
    from rounded_lines
    where size_rank = 1

),

real_lines as (

    select
        line_cents.order_id,
        line_cents.line_number,
        false as is_balancing_line,
        line_cents.product_id,
        line_cents.category,
        line_cents.subcategory,
        line_cents.brand,
        line_cents.quantity,
        line_cents.unit_cost,
        line_cents.is_unit_cost_imputed,
        line_cents.discount_amount,
        line_cents.floor_cents + coalesce(largest_lines.lost_cents, 0) as net_cents
    from line_cents
    left join largest_lines
        on
            line_cents.order_id = largest_lines.order_id
            and line_cents.line_number = largest_lines.line_number

),

-- 3. the difference between header and lines
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

-- 4. refunds: those that name a line go to it, those of a whole order are spread over its lines by value
order_returns as (

    select
        order_id,
        {{ money_to_cents('coalesce(sum(case when line_number is null then refund_amount end), 0)') }} as refunded_cents
    from returns
    group by order_id

),

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

returned_lines as (

    select
        all_lines.order_id,
        all_lines.line_number,
        coalesce(line_returns.refunded_cents, 0) as named_refund_cents,
        line_returns.returned_quantity,
        line_returns.returns_without_quantity,
        order_returns.refunded_cents as order_refund_cents,
        {{ share_of_cents(
            'order_returns.refunded_cents',
            'greatest(all_lines.net_cents, 0)',
            'all_lines.order_id'
        ) }} as spread_refund_cents,
        row_number() over (
            partition by all_lines.order_id
            order by all_lines.net_cents desc, all_lines.line_number asc
        ) as size_rank
    from all_lines
    inner join order_returns on all_lines.order_id = order_returns.order_id
    left join line_returns
        on
            all_lines.order_id = line_returns.order_id
            and all_lines.line_number = line_returns.line_number

),

line_refunds as (

    select
        *,
        named_refund_cents + spread_refund_cents + case
            when size_rank = 1
                then order_refund_cents - sum(spread_refund_cents) over (partition by order_id)
            else 0
        end as refunded_cents
    from returned_lines

),

refunded as (

    select
        all_lines.*,
        coalesce(line_refunds.refunded_cents, 0) as refunded_cents,
        line_refunds.returned_quantity as stated_quantity,
        line_refunds.returns_without_quantity
    from all_lines
    left join line_refunds
        on
            all_lines.order_id = line_refunds.order_id
            and all_lines.line_number = line_refunds.line_number

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
            when quantity is null or refunded_cents = 0 and stated_quantity is null then cast(0 as decimal(18, 4))
            when stated_quantity is not null and returns_without_quantity = 0
                then cast(least(stated_quantity, quantity) as decimal(18, 4))
            when net_cents <= 0 then cast(0 as decimal(18, 4))
            else cast(
                cast(quantity as double) * least(cast(refunded_cents as double) / net_cents, 1e0)
                as decimal(18, 4)
            )
        end as returned_quantity
    from refunded

)

select * from final
