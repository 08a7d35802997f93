{#-
  One row per customer with consent to analytics: does the customer come back, for how long, how
  broadly, and do they bring others; one index from these parts, and a tier.
-#}
{%- set parts = [
    'recency_part', 'frequency_part', 'tenure_part', 'repurchase_part', 'breadth_part',
    'advocacy_part', 'keeping_part',
] -%}
with

customers as (

    select * from {{ ref('customers') }}

),

orders as (

    select * from {{ ref('orders') }}

),

buyers as (

    select * from {{ ref('int_loyalty_buyers') }}

),

referrals as (

    select * from {{ ref('int_customer_referrals') }}

),

category_visits as (

    select * from {{ ref('int_category_visits') }}

),

newest_answers as (

    select * from {{ ref('int_newest_answers') }}

),

weights as (

    select * from {{ ref('index_weights') }}

),

tiers as (

    select * from {{ ref('loyalty_tiers') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. bringing others
referred as (

    select
        referrals.referrer_customer_id as customer_id,
        count(*) as referral_count,
        count(case when referrals.referred_on >= {{ add_days('reference_date.as_of', -365) }} then 1 end) as referral_count_365d
    from referrals
    cross join reference_date
    group by referrals.referrer_customer_id

),

visits as (

    select
        customer_id,
        sum(visit_days) as category_visit_days,
        max(visit_days) as top_category_days,
        min_by(category, {{ struct_of({'rank': '-visit_days', 'name': 'category'}) }}) as top_category
    from category_visits
    group by customer_id

),

-- 2. what is usual in this customer base: the yardsticks of the index
yardsticks as (

    select
        percentile_cont(0.5) within group (
            order by cast(days_since_previous_order as double)
        ) as median_gap_days
    from orders
    where days_since_previous_order > 0

),

buyer_yardsticks as (

    select
        percentile_cont(0.9) within group (order by cast(orders_365d as double)) as orders_p90,
        percentile_cont(0.9) within group (order by cast(category_count as double)) as categories_p90
    from buyers

),

index_weights as (

    select
        {%- for part in parts %}
        coalesce(max(case when part = '{{ part }}' then cast(weight as double) end), 0e0) as {{ part }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from weights
    where index_name = 'loyalty'

),

joined as (

    select
        customers.customer_id,
        coalesce(buyers.order_count, 0) as order_count,
        coalesce(buyers.orders_365d, 0) as orders_365d,
        coalesce(buyers.active_months, 0) as active_months,
        buyers.first_ordered_on,
        buyers.last_ordered_on,
        buyers.median_gap_days,
        buyers.days_since_last_order,
        greatest({{ days_between(local_date('customers.first_seen_at'), 'reference_date.as_of') }}, 0) as tenure_days,
        buyers.is_90d_cohort_matured,
        buyers.came_back_in_90d,
        buyers.category_count,
        buyers.returned_unit_share,
        coalesce(referred.referral_count, 0) as referral_count,
        coalesce(referred.referral_count_365d, 0) as referral_count_365d,
        newest_nps.score_class as last_nps_class,
        newest_nps.score_share as nps_share,
        visits.category_visit_days,
        visits.top_category,
        {{ safe_divide('visits.top_category_days', 'visits.category_visit_days') }} as category_visit_share,
        yardsticks.median_gap_days as base_median_gap_days,
        buyer_yardsticks.orders_p90,
        buyer_yardsticks.categories_p90
    from customers
    cross join reference_date
    cross join yardsticks
    cross join buyer_yardsticks
    left join buyers on customers.customer_id = buyers.customer_id
    left join referred on customers.customer_id = referred.customer_id
    left join newest_answers as newest_nps
        on
            customers.customer_id = newest_nps.customer_id
            and newest_nps.metric = 'nps'
    left join visits on customers.customer_id = visits.customer_id
    where customers.has_analytics_consent

),

-- 3. the parts of the index, each from 0 to 1; null where nothing is known
with_parts as (

    select
        *,
        power(0.5e0, least(days_since_last_order / greatest(coalesce(base_median_gap_days, 30e0), 1e0), 60e0)) as recency_part,
        least(orders_365d / greatest(orders_p90, 1e0), 1e0) as frequency_part,
        least(tenure_days / 730e0, 1e0) as tenure_part,
        case when orders_365d >= 2 then 1e0 else 0e0 end as repurchase_part,
        least(category_count / greatest(categories_p90, 1e0), 1e0) as breadth_part,
        case when referral_count_365d > 0 then 1e0 else nps_share end as advocacy_part,
        greatest(0e0, 1e0 - returned_unit_share) as keeping_part
    from joined

),

indexed as (

    select
        with_parts.*,
        case
            when with_parts.order_count > 0
                then {{ weighted_mean_of(parts, 'with_parts.', 'index_weights.') }}
        end as loyalty_index
    from with_parts
    cross join index_weights

),

final as (

    select
        -- key
        indexed.customer_id,

        -- repurchase: three questions, kept apart
        indexed.orders_365d >= 2 as is_repurchaser_365d,
        case
            when indexed.is_90d_cohort_matured then coalesce(indexed.came_back_in_90d, false)
        end as is_repurchaser_90d_cohort,
        indexed.order_count >= 2 as has_repurchased,

        -- rhythm
        indexed.order_count,
        indexed.orders_365d,
        indexed.active_months,
        {{ safe_divide('indexed.order_count', 'indexed.active_months') }} as orders_per_active_month,
        indexed.median_gap_days,
        indexed.days_since_last_order,
        cast(indexed.tenure_days as bigint) as tenure_days,

        -- advocacy
        indexed.referral_count,
        indexed.referral_count_365d,
        indexed.last_nps_class = 'promoter' as is_promoter,

        -- breadth
        coalesce(indexed.category_count, 0) as category_count,
        indexed.top_category,
        cast(coalesce(indexed.category_visit_days, 0) as bigint) as category_visit_days,
        indexed.category_visit_share,
        indexed.returned_unit_share,

        -- index
        indexed.loyalty_index,
        tiers.loyalty_tier,
        tiers.label_en as loyalty_tier_label_en,
        tiers.label_zh as loyalty_tier_label_zh,
        {%- for part in parts %}
        indexed.{{ part }},
        {%- endfor %}

        -- times
        indexed.first_ordered_on,
        indexed.last_ordered_on
    from indexed
    left join tiers
        on
            {{ round_significant('indexed.loyalty_index') }} >= tiers.index_from
            and {{ round_significant('indexed.loyalty_index') }} < tiers.index_to

)

select * from final
