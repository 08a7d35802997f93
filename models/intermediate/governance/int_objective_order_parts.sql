{#-
  One row per scope that an objective has (everything, a channel, region, segment or category) and order in it; of a
  category with the share of its lines.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

customers as (

    select * from {{ ref('customers') }}

),

segments as (

    select * from {{ ref('customer_rfm') }}

),

stores as (

    select * from {{ ref('stores') }}

),

windows as (

    select * from {{ ref('int_objective_windows') }}

),

wanted as (

    select
        scope,
        scope_value
    from windows
    where metric in ('net_revenue', 'orders', 'active_customers', 'new_customers', 'retention_rate')
    group by scope, scope_value

),

-- 1. units as demand counts them: an order without lines is one
line_units as (

    select
        lines.order_id,
        coalesce(lines.category, '(none)') as category,
        lines.net_revenue,
        case
            when not lines.is_balancing_line then greatest(cast(lines.quantity as double), 0e0)
            when orders.line_count = 1 then 1e0
            else 0e0
        end as units
    from lines
    inner join orders on lines.order_id = orders.order_id

),

order_units as (

    select
        order_id,
        {{ stable_sum('units') }} as units
    from line_units
    group by order_id

),

-- 2. the scopes of an order; an order in a store belongs to the region of the store
described as (

    select
        orders.order_id,
        orders.customer_id,
        orders.ordered_on,
        orders.customer_order_number,
        orders.net_revenue,
        order_units.units,
        '(all)' as all_value,
        orders.channel as channel_value,
        coalesce(stores.region, customers.home_region, '(unknown)') as region_value,
        coalesce(segments.segment, '(none)') as segment_value
    from orders
    left join order_units on orders.order_id = order_units.order_id
    left join customers on orders.customer_id = customers.customer_id
    left join segments on orders.customer_id = segments.customer_id
    left join stores on orders.store_id = stores.store_id

),

parts as (

    {%- for scope in ['all', 'channel', 'region', 'segment'] %}

    select
        '{{ scope }}' as scope,
        {{ scope }}_value as scope_value,
        order_id,
        customer_id,
        ordered_on,
        customer_order_number,
        net_revenue,
        units
    from described

    union all
    {%- endfor %}

    select
        'category' as scope,
        line_units.category as scope_value,
        described.order_id,
        described.customer_id,
        described.ordered_on,
        described.customer_order_number,
        cast(sum(line_units.net_revenue) as decimal(18, 2)) as net_revenue,
        {{ stable_sum('line_units.units') }} as units
    from line_units
    inner join described on line_units.order_id = described.order_id
    group by
        line_units.category, described.order_id, described.customer_id,
        described.ordered_on, described.customer_order_number

),

final as (

    select
        -- key
        parts.scope,
        parts.scope_value,
        parts.order_id,

        -- the order
        parts.customer_id,
        parts.ordered_on,
        coalesce(parts.customer_order_number = 1, false) as is_first_order,
        parts.net_revenue,
        coalesce(parts.units, 0e0) as units
    from parts
    inner join wanted
        on
            parts.scope = wanted.scope
            and parts.scope_value = wanted.scope_value

)

select * from final
