{#- One row per customer with consent to analytics: everything known about them, in one line. -#}
{%- set favourites = {
    'favourite_category': 'favourite_category', 'favourite_brand': 'favourite_brand',
    'favourite_channel': 'favourite_channel', 'favourite_device': 'favourite_device',
    'favourite_feature': 'favourite_feature', 'favourite_content_topic': 'content_interest',
    'favourite_daypart': 'favourite_daypart', 'favourite_weekday': 'favourite_weekday',
    'search_interest': 'search_interest', 'city_tier': 'city_tier',
    'activity_level': 'activity_level', 'spend_band': 'spend_band', 'brand_attitude': 'brand_attitude',
} -%}
{%- set flags = {
    'is_commuter': 'commuting', 'is_weekend_shopper': 'weekend_shopper',
    'is_holiday_shopper': 'holiday_shopper', 'is_promotion_shopper': 'promotion_shopper',
    'is_late_night_shopper': 'late_night', 'is_gift_buyer': 'gifting',
    'is_home_replenisher': 'home_replenishment', 'is_price_sensitive': 'price_sensitive',
    'is_quality_seeker': 'quality_seeker', 'is_novelty_seeker': 'novelty_seeker',
} -%}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

customers as (

    select * from {{ ref('customers') }}

),

metrics as (

    select * from {{ ref('int_customer_metrics') }}

),

attributes as (

    select * from {{ ref('int_customer_attributes') }}

),

tags as (

    select * from {{ ref('customer_tags') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. the tags that a profile shows as columns
tag_columns as (

    select
        customer_id,
        {%- for column, tag in favourites.items() %}
        max(case when tag = '{{ tag }}' then {{ "split_part(tag_value, ', ', 1)" if tag == 'content_interest' else 'tag_value' }} end) as {{ column }},
        {%- endfor %}
        {%- for column, tag in flags.items() %}
        max(case when tag = '{{ tag }}' then 1 else 0 end) = 1 as {{ column }},
        {%- endfor %}
        count(*) as tag_count
    from tags
    group by customer_id

),

segment_columns as (

    select
        customer_id,
        {%- for attribute in ['rfm_segment', 'business_group', 'value_tier', 'lifecycle_order', 'lifecycle_activity', 'subscription_plan'] %}
        max(case when attribute = '{{ attribute }}' then attribute_value end) as {{ attribute }}{{ ',' if not loop.last }}
        {%- endfor %}
    from attributes
    group by customer_id

),

final as (

    select
        -- key
        population.customer_id,

        -- who they are
        customers.is_guest_only,
        customers.account_count,
        customers.gender,
        customers.age_band,
        customers.country,
        customers.home_region,
        customers.city,
        tag_columns.city_tier,
        customers.occupation,
        customers.education,
        customers.income_band,
        customers.member_tier,
        segment_columns.subscription_plan,
        customers.registration_channel,
        customers.preferred_contact_channel,
        customers.has_marketing_consent,
        customers.has_personalisation_consent,

        -- segments
        segment_columns.rfm_segment as segment,
        segment_columns.business_group,
        coalesce(segment_columns.lifecycle_order, 'prospect') as lifecycle_stage,
        coalesce(segment_columns.lifecycle_activity, 'prospect') as engagement_stage,
        segment_columns.value_tier,

        -- what they like
        {%- for column in favourites if column != 'city_tier' %}
        tag_columns.{{ column }},
        {%- endfor %}
        {%- for column in flags %}
        {%- if column in ('is_price_sensitive', 'is_quality_seeker', 'is_novelty_seeker') %}
        case when population.has_personalisation_consent then coalesce(tag_columns.{{ column }}, false) end as {{ column }},
        {%- else %}
        coalesce(tag_columns.{{ column }}, false) as {{ column }},
        {%- endif %}
        {%- endfor %}
        coalesce(tag_columns.tag_count, 0) as tag_count,

        -- activity
        metrics.login_days_30d,
        metrics.online_minutes_30d,
        metrics.active_days_30d,
        metrics.active_days_90d,
        metrics.store_visits_90d,
        metrics.store_dwell_minutes_90d,
        metrics.category_breadth,
        metrics.brand_breadth,
        metrics.engagement_depth,
        metrics.associate_visit_share,
        metrics.message_count,
        metrics.message_response_rate,

        -- buying
        metrics.order_count,
        metrics.net_revenue,
        metrics.window_order_count,
        metrics.window_net_revenue,
        metrics.average_order_value,
        metrics.items_per_order,
        metrics.discount_share,
        metrics.return_rate,
        metrics.window_gross_margin as margin,
        metrics.margin_rate,
        metrics.store_order_share,
        customers.points_balance,
        customers.points_redeemed_365d,
        metrics.referral_count,

        -- contentment
        metrics.last_nps_score,
        metrics.complaint_rate,
        metrics.complaint_count,
        metrics.satisfaction_index,

        -- times
        metrics.tenure_days,
        metrics.days_since_last_order,
        customers.first_seen_at,
        customers.first_ordered_at,
        customers.last_ordered_at,
        reference_date.as_of as profiled_as_of
    from population
    cross join reference_date
    inner join customers on population.customer_id = customers.customer_id
    inner join metrics on population.customer_id = metrics.customer_id
    left join tag_columns on population.customer_id = tag_columns.customer_id
    left join segment_columns on population.customer_id = segment_columns.customer_id

)

select * from final
