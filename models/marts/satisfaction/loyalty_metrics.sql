{#-
  One row per month, dimension and value: do people come back, bring others, complain, send back.
  The three repurchase rates answer three questions and are never mixed.
-#}
{%- set dimensions = ['all', 'channel', 'region', 'store', 'segment', 'category'] -%}
with

orders as (

    select * from {{ ref('int_loyalty_orders') }}

),

windows as (

    select * from {{ ref('int_loyalty_windows') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. per month and buyer what they did, in each dimension
by_buyer as (

    {%- for dimension in dimensions %}

    select
        '{{ dimension }}' as dimension,
        {{ "'(all)'" if dimension == 'all' else dimension ~ '_value' }} as dimension_value,
        month,
        buyer_number,
        count(*) as orders,
        count(case when has_complaint then 1 end) as complained_orders,
        count(case when has_return then 1 end) as returned_orders,
        count(case when is_matured then 1 end) as matured_orders,
        min(customer_order_number) as first_order_number,
        bool_or(has_referred) as has_referred,
        count(case when is_first_order then 1 end) as new_customers,
        count(case when is_cohort_matured then 1 end) as matured_customers,
        count(case when has_repurchased_90d then 1 end) as matured_repurchasers
    from orders
    group by {{ '' if dimension == 'all' else dimension ~ '_value, ' }}month, buyer_number
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

by_month as (

    select
        by_buyer.dimension,
        by_buyer.dimension_value,
        by_buyer.month,
        cast(sum(by_buyer.orders) as bigint) as orders,
        cast(sum(by_buyer.complained_orders) as bigint) as complained_orders,
        cast(sum(by_buyer.returned_orders) as bigint) as returned_orders,
        cast(sum(by_buyer.matured_orders) as bigint) as matured_orders,
        count(by_buyer.buyer_number) as buyers,
        count(case when by_buyer.first_order_number > 1 then 1 end) as returning_buyers,
        count(case when by_buyer.buyer_number is not null and by_buyer.complained_orders > 0 then 1 end)
            as complaining_buyers,
        count(case when by_buyer.buyer_number is not null and by_buyer.has_referred then 1 end) as referring_buyers,
        cast(sum(by_buyer.new_customers) as bigint) as new_customers,
        cast(sum(by_buyer.matured_customers) as bigint) as matured_customers,
        cast(sum(by_buyer.matured_repurchasers) as bigint) as matured_repurchasers
    from by_buyer
    group by by_buyer.dimension, by_buyer.dimension_value, by_buyer.month

),

-- 2. would they recommend us: the promoters among the month's NPS answers
recommendations as (

    {%- for dimension in dimensions %}

    select
        '{{ dimension }}' as dimension,
        {{ "'(all)'" if dimension == 'all' else ('store_id' if dimension == 'store' else dimension) }} as dimension_value,
        {{ date_trunc_to('month', 'answered_on') }} as month,
        count(*) as nps_responses,
        count(case when score_class = 'promoter' then 1 end) as promoters
    from answers
    where metric = 'nps'
    group by
        {%- if dimension != 'all' %}
        {{ 'store_id' if dimension == 'store' else dimension }},
        {%- endif %}
        {{ date_trunc_to('month', 'answered_on') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

joined as (

    select
        windows.dimension,
        windows.dimension_value,
        windows.month,
        windows.buyers_365d,
        windows.repurchasers_365d,
        coalesce(by_month.orders, 0) as orders,
        coalesce(by_month.complained_orders, 0) as complained_orders,
        coalesce(by_month.returned_orders, 0) as returned_orders,
        coalesce(by_month.matured_orders, 0) as matured_orders,
        coalesce(by_month.buyers, 0) as buyers,
        coalesce(by_month.returning_buyers, 0) as returning_buyers,
        coalesce(by_month.complaining_buyers, 0) as complaining_buyers,
        coalesce(by_month.referring_buyers, 0) as referring_buyers,
        coalesce(by_month.new_customers, 0) as new_customers,
        coalesce(by_month.matured_customers, 0) as matured_customers,
        coalesce(by_month.matured_repurchasers, 0) as matured_repurchasers,
        coalesce(recommendations.nps_responses, 0) as nps_responses,
        coalesce(recommendations.promoters, 0) as promoters
    from windows
    left join by_month
        on
            windows.dimension = by_month.dimension
            and windows.dimension_value = by_month.dimension_value
            and windows.month = by_month.month
    left join recommendations
        on
            windows.dimension = recommendations.dimension
            and windows.dimension_value = recommendations.dimension_value
            and windows.month = recommendations.month

),

final as (

    select
        -- key
        'month' as period_type,
        joined.month as period_start,
        joined.dimension,
        joined.dimension_value,

        -- attributes
        {{ is_period_over('joined.month', 'reference_date.as_of', 'month') }} as is_complete,

        -- three repurchase rates
        {{ safe_divide('joined.repurchasers_365d', 'joined.buyers_365d') }} as repurchase_rate_window,
        {{ wilson_low('joined.repurchasers_365d', 'joined.buyers_365d') }} as repurchase_rate_window_low,
        {{ wilson_high('joined.repurchasers_365d', 'joined.buyers_365d') }} as repurchase_rate_window_high,
        joined.buyers_365d,
        joined.repurchasers_365d,
        {{ safe_divide('joined.matured_repurchasers', 'joined.matured_customers') }} as repurchase_rate_cohort_90d,
        {{ wilson_low('joined.matured_repurchasers', 'joined.matured_customers') }} as repurchase_rate_cohort_90d_low,
        {{ wilson_high('joined.matured_repurchasers', 'joined.matured_customers') }} as repurchase_rate_cohort_90d_high,
        joined.new_customers,
        joined.matured_customers,
        joined.matured_repurchasers,
        {{ safe_divide('joined.matured_customers', 'joined.new_customers') }} as cohort_observed_share,
        {{ safe_divide('joined.returning_buyers', 'joined.buyers') }} as returning_share,
        {{ wilson_low('joined.returning_buyers', 'joined.buyers') }} as returning_share_low,
        {{ wilson_high('joined.returning_buyers', 'joined.buyers') }} as returning_share_high,
        joined.buyers,
        joined.returning_buyers,

        -- advocacy
        {{ safe_divide('joined.referring_buyers', 'joined.buyers') }} as referral_rate,
        {{ wilson_low('joined.referring_buyers', 'joined.buyers') }} as referral_rate_low,
        {{ wilson_high('joined.referring_buyers', 'joined.buyers') }} as referral_rate_high,
        joined.referring_buyers,
        {{ safe_divide('joined.promoters', 'joined.nps_responses') }} as recommendation_rate,
        {{ wilson_low('joined.promoters', 'joined.nps_responses') }} as recommendation_rate_low,
        {{ wilson_high('joined.promoters', 'joined.nps_responses') }} as recommendation_rate_high,
        joined.nps_responses,

        -- trouble
        {{ safe_divide('joined.complained_orders', 'joined.orders') }} as complaint_rate,
        {{ wilson_low('joined.complained_orders', 'joined.orders') }} as complaint_rate_low,
        {{ wilson_high('joined.complained_orders', 'joined.orders') }} as complaint_rate_high,
        {{ safe_divide('joined.complaining_buyers', 'joined.buyers') }} as complaining_buyer_share,
        {{ wilson_low('joined.complaining_buyers', 'joined.buyers') }} as complaining_buyer_share_low,
        {{ wilson_high('joined.complaining_buyers', 'joined.buyers') }} as complaining_buyer_share_high,
        {{ safe_divide('joined.returned_orders', 'joined.orders') }} as return_rate,
        {{ wilson_low('joined.returned_orders', 'joined.orders') }} as return_rate_low,
        {{ wilson_high('joined.returned_orders', 'joined.orders') }} as return_rate_high,
        joined.orders,
        joined.complained_orders,
        joined.returned_orders,
        joined.matured_orders,
        {{ safe_divide('joined.matured_orders', 'joined.orders') }} as order_observed_share,
        joined.buyers < {{ var('small_sample_under') | int }} as is_small_sample
    from joined
    cross join reference_date

)

select * from final
