{#-
  What comes back? Net amount, refunds and units returned by category, the balancing lines apart: they have no
  product and stand under (none), so that the sums are those of `orders`.
-#}
with

lines as (

    select * from {{ ref('order_lines') }}

),

final as (

    select
        case
            when is_balancing_line then '(none)'
            else coalesce(category, '(unknown)')
        end as category,
        count(*) as line_count,
        sum(net_amount) as net_amount,
        sum(refunded_amount) as refunded_amount,
        round({{ safe_divide('sum(refunded_amount)', 'sum(net_amount)') }}, 3) as refund_share,
        round({{ safe_divide('sum(returned_quantity)', 'sum(quantity)') }}, 3) as returned_unit_share
    from lines
    group by
        case
            when is_balancing_line then '(none)'
            else coalesce(category, '(unknown)')
        end

)

select * from final
order by refunded_amount desc, category asc
