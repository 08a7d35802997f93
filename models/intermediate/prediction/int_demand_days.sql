{#-
  One row per category, channel and day with demand: units sold. An order without any line counts as one unit of category `(none)`.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

orders as (

    select * from {{ ref('orders') }}

),

final as (

    select
        -- key
        coalesce(lines.category, '(none)') as category,
        coalesce(orders.channel, '(none)') as channel,
        lines.ordered_on as sold_on,

        -- attributes
        {{ week_number('lines.ordered_on') }} as week_no,

        -- measures
        cast(sum(
            case
                when not lines.is_balancing_line then greatest(cast(lines.quantity as double), 0e0)
                when orders.line_count = 1 then 1e0
                else 0e0
            end
        ) as double) as units
    from lines
    inner join orders on lines.order_id = orders.order_id
    group by coalesce(lines.category, '(none)'), coalesce(orders.channel, '(none)'), lines.ordered_on

)

select * from final
where units > 0
