{#- One row per customer with an order that is not cancelled, and with consent to analytics. -#}
{%- set window_days = var('rfm_window_days') | int -%}
-- read only where var rfm_scoring asks for it, but there for every unit test
-- depends_on: {{ ref('rfm_thresholds') }}
with

orders as (

    select * from {{ ref('orders') }}

),

lines as (

    select * from {{ ref('order_lines') }}

),

engagement as (

    select * from {{ ref('int_customer_engagement') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

grid as (

    select * from {{ ref('rfm_grid') }}

),

segments as (

    select * from {{ ref('rfm_segments') }}

),

business_groups as (

    select * from {{ ref('rfm_business_groups') }}

),

{% if var('rfm_scoring') == 'thresholds' -%}
thresholds as (

    select * from {{ ref('rfm_thresholds') }}

),

{% endif -%}
-- 1. orders of people who may be analysed{{ ', within the window' if window_days > 0 }}
eligible_orders as (

    select orders.*
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    {%- if window_days > 0 %}
    cross join reference_date
    {%- endif %}
    where
        consent.has_analytics_consent
        {%- if window_days > 0 %}
        and orders.ordered_on >= {{ add_days('reference_date.as_of', -window_days) }}
        {%- endif %}

),

-- 2. totals per customer; returns are already netted in `orders`
totals as (

    select
        customer_id,
        min(ordered_on) as first_ordered_on,
        max(ordered_on) as last_ordered_on,
        count(*) as frequency,
        cast(sum(net_revenue) as decimal(18, 2)) as monetary
    from eligible_orders
    group by customer_id

),

breadth as (

    select
        lines.customer_id,
        count(distinct lines.category) as category_breadth
    from lines
    inner join eligible_orders on lines.order_id = eligible_orders.order_id
    group by lines.customer_id

),

metrics as (

    select
        totals.customer_id,
        totals.first_ordered_on,
        totals.last_ordered_on,
        {{ days_between('totals.last_ordered_on', 'reference_date.as_of') }} as recency_days,
        totals.frequency,
        totals.monetary,
        coalesce(breadth.category_breadth, 0) as category_breadth,
        coalesce(engagement.active_days, 0) as engagement_depth
    from totals
    cross join reference_date
    left join breadth on totals.customer_id = breadth.customer_id
    left join engagement on totals.customer_id = engagement.customer_id

),

-- 3. equal values get equal scores, whatever the row order
scored as (

    select
        *,
        {{ rfm_score('recency_days') }} as recency_score,
        {{ rfm_score('frequency') }} as frequency_score,
        {{ rfm_score('monetary') }} as monetary_score,
        {{ rfm_score('category_breadth') }} as category_breadth_score,
        {{ rfm_score('engagement_depth') }} as engagement_depth_score
    from metrics

),

final as (

    select
        -- key
        scored.customer_id,

        -- segment
        grid.segment,
        segments.label_en as segment_label_en,
        segments.label_zh as segment_label_zh,
        grid.business_group,
        business_groups.label_en as business_group_label_en,
        business_groups.label_zh as business_group_label_zh,

        -- scores
        concat(
            cast(scored.recency_score as string),
            cast(scored.frequency_score as string),
            cast(scored.monetary_score as string)
        ) as rfm_score,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        scored.category_breadth_score,
        scored.engagement_depth_score,

        -- measures
        scored.recency_days,
        scored.frequency,
        scored.monetary,
        scored.category_breadth,
        scored.engagement_depth,

        -- times
        scored.first_ordered_on,
        scored.last_ordered_on
    from scored
    inner join grid
        on
            scored.recency_score = grid.recency_score
            and scored.frequency_score = grid.frequency_score
            and scored.monetary_score = grid.monetary_score
    inner join segments on grid.segment = segments.segment
    inner join business_groups on grid.business_group = business_groups.business_group

)

select * from final
