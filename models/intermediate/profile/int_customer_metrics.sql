{#- One row per customer: every number that a profile shows or a tag reads (seed tag_metrics). -#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

customers as (

    select * from {{ ref('customers') }}

),

orders as (

    select * from {{ ref('int_customer_order_metrics') }}

),

activity as (

    select * from {{ ref('int_customer_activity_metrics') }}

),

responses as (

    select * from {{ ref('int_customer_response_metrics') }}

),

satisfaction as (

    select * from {{ ref('customer_satisfaction') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

final as (

    select
        -- key
        population.customer_id,

        -- how long known, points
        {{ days_between(local_date('population.first_seen_at'), 'reference_date.as_of') }} as tenure_days,
        cast(customers.points_balance as double) as points_balance,
        cast(customers.points_redeemed_365d as double) as points_redeemed_365d,

        -- buying
        coalesce(orders.order_count, 0) as order_count,
        cast(coalesce(orders.net_revenue, 0) as decimal(18, 2)) as net_revenue,
        orders.days_since_last_order,
        coalesce(orders.window_order_count, 0) as window_order_count,
        cast(coalesce(orders.window_net_revenue, 0) as decimal(18, 2)) as window_net_revenue,
        orders.average_order_value,
        orders.items_per_order,
        orders.discount_share,
        orders.discounted_order_share,
        orders.coupon_order_share,
        orders.store_order_share,
        orders.return_rate,
        orders.margin_rate,
        orders.window_gross_margin,
        coalesce(orders.margin_order_count, 0) as margin_order_count,
        coalesce(orders.online_order_count, 0) as online_order_count,
        coalesce(orders.lined_order_count, 0) as lined_order_count,
        orders.gift_order_share,
        orders.family_order_share,
        orders.health_order_share,
        orders.eco_order_share,
        orders.home_order_share,
        coalesce(orders.later_line_count, 0) as later_line_count,
        orders.repeat_line_share,
        orders.novel_line_share,
        coalesce(orders.priced_line_count, 0) as priced_line_count,
        orders.premium_line_share,
        orders.budget_line_share,
        coalesce(orders.branded_line_count, 0) as branded_line_count,
        orders.top_brand_share,
        coalesce(orders.category_breadth, 0) as category_breadth,
        coalesce(orders.brand_breadth, 0) as brand_breadth,

        -- other activity
        coalesce(activity.engagement_depth, 0) as engagement_depth,
        coalesce(activity.active_days_30d, 0) as active_days_30d,
        coalesce(activity.active_days_90d, 0) as active_days_90d,
        coalesce(activity.login_days_30d, 0) as login_days_30d,
        coalesce(activity.online_minutes_30d, 0) as online_minutes_30d,
        coalesce(activity.online_minutes_90d, 0) as online_minutes_90d,
        coalesce(activity.store_visits_90d, 0) as store_visits_90d,
        coalesce(activity.window_store_visits, 0) as window_store_visits,
        coalesce(activity.store_dwell_minutes_90d, 0) as store_dwell_minutes_90d,
        coalesce(activity.store_visit_days, 0) as store_visit_days,
        activity.associate_visit_share,
        coalesce(activity.search_days, 0) as search_days,
        coalesce(activity.social_days, 0) as social_days,
        {{ safe_divide('activity.product_view_count', 'orders.online_order_count') }} as views_per_order,

        -- responses
        responses.message_count,
        responses.message_response_rate,
        responses.coupon_count,
        responses.coupon_redemption_rate,
        responses.points_entry_count,
        responses.points_use_share,
        responses.referral_count,
        responses.complaint_count,
        satisfaction.complaint_rate,
        satisfaction.last_nps_score,
        satisfaction.satisfaction_index,
        responses.follower_count
    from population
    cross join reference_date
    inner join customers on population.customer_id = customers.customer_id
    left join orders on population.customer_id = orders.customer_id
    left join activity on population.customer_id = activity.customer_id
    left join responses on population.customer_id = responses.customer_id
    left join satisfaction on population.customer_id = satisfaction.customer_id

)

select * from final
