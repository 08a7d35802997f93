{#- One row per objective about orders or buyers and window with any of them: the total, or numerator and denominator. -#}
with

windows as (

    select * from {{ ref('int_objective_windows') }}

),

order_parts as (

    select * from {{ ref('int_objective_order_parts') }}

),

-- 1. totals of orders and customers
order_totals as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        case windows.metric
            when 'net_revenue' then cast(sum(order_parts.net_revenue) as double)
            when 'orders' then cast(count(order_parts.order_id) as double)
            when 'active_customers' then cast(count(distinct order_parts.customer_id) as double)
            else cast(count(case when order_parts.is_first_order then 1 end) as double)
        end as numerator,
        cast(null as double) as denominator,
        cast(null as double) as squares,
        {{ stable_sum('order_parts.units') }} as units
    from windows
    inner join order_parts
        on
            windows.scope = order_parts.scope
            and windows.scope_value = order_parts.scope_value
            and windows.from_date <= order_parts.ordered_on
            and windows.to_date > order_parts.ordered_on
    where windows.metric in ('net_revenue', 'orders', 'active_customers', 'new_customers')
    group by windows.objective, windows.window_kind, windows.months_back, windows.metric

),

-- 2. buyers of the period before, and who of them came back
kept as (

    select
        windows.objective,
        windows.window_kind,
        windows.months_back,
        order_parts.customer_id,
        max(case when order_parts.ordered_on < windows.from_date then 1 else 0 end) as was_there,
        max(case when order_parts.ordered_on >= windows.from_date then 1 else 0 end) as is_there
    from windows
    inner join order_parts
        on
            windows.scope = order_parts.scope
            and windows.scope_value = order_parts.scope_value
            and windows.previous_from <= order_parts.ordered_on
            and windows.to_date > order_parts.ordered_on
    where
        windows.metric = 'retention_rate'
        and windows.window_kind != 'month'
        and windows.has_previous
        and order_parts.customer_id is not null
    group by windows.objective, windows.window_kind, windows.months_back, order_parts.customer_id

),

retention as (

    select
        objective,
        window_kind,
        months_back,
        cast(sum(was_there * is_there) as double) as numerator,
        cast(sum(was_there) as double) as denominator,
        cast(sum(was_there * is_there) as double) as squares,
        cast(null as double) as units
    from kept
    group by objective, window_kind, months_back

),

final as (

    select * from order_totals
    union all
    select * from retention

)

select * from final
