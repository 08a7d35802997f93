{#-
  Who brings the revenue? Customers and net revenue by RFM segment, with both shares: a segment
  whose share of revenue is far above its share of customers is worth keeping.
-#}
with

rfm as (

    select * from {{ ref('customer_rfm') }}

),

segments as (

    select * from {{ ref('rfm_segments') }}

),

by_segment as (

    select
        segment,
        count(*) as customers,
        sum(monetary) as net_revenue,
        avg(cast(recency_days as double)) as mean_recency_days,
        avg(cast(frequency as double)) as mean_orders
    from rfm
    group by segment

),

final as (

    select
        segments.label_en,
        segments.label_zh,
        by_segment.customers,
        round({{ safe_divide('by_segment.customers', 'sum(by_segment.customers) over ()') }}, 3) as customer_share,
        by_segment.net_revenue,
        round({{ safe_divide('by_segment.net_revenue', 'sum(by_segment.net_revenue) over ()') }}, 3) as revenue_share,
        round(by_segment.mean_recency_days, 1) as mean_recency_days,
        round(by_segment.mean_orders, 1) as mean_orders,
        segments.display_order
    from by_segment
    inner join segments on by_segment.segment = segments.segment

)

select * from final
order by display_order
