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

-- 1. the next order within 90 days of a customer's first, wherever it was placed
sequenced as (

    select
        orders.*,
        '(all)' as all_value,
        orders.customer_order_number = 1 as is_first_order,
        case when orders.customer_order_number = 1 then {{ add_days('orders.ordered_on', 90) }} end as matures_on,
        lead(orders.ordered_on) over (
            partition by orders.buyer_number order by orders.customer_order_number
        ) as next_ordered_on
    from orders

),

-- 2. per month and buyer what they did, in each dimension
by_buyer as (

    {%- for dimension in dimensions %}

    select
        '{{ dimension }}' as dimension,
        {{ dimension }}_value as dimension_value,
        month,
        buyer_number,
        count(*) as orders,
        count(case when has_complaint then 1 end) as complained_orders,
        count(case when has_return then 1 end) as returned_orders,
        min(customer_order_number) as first_order_number,
        bool_or(has_referred) as has_referred,
        min(matures_on) as matures_on,
        min(case when is_first_order then next_ordered_on end) as next_ordered_on
    from sequenced
    group by {{ dimension }}_value, month, buyer_number
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
        count(by_buyer.buyer_number) as buyers,
        count(case when by_buyer.first_order_number > 1 then 1 end) as returning_buyers,
        count(case when by_buyer.buyer_number is not null and by_buyer.complained_orders > 0 then 1 end)
            as complaining_buyers,
        count(case when by_buyer.buyer_number is not null and by_buyer.has_referred then 1 end) as referring_buyers,
        count(by_buyer.matures_on) as new_customers,
        count(case when by_buyer.matures_on < reference_date.as_of then 1 end) as matured_customers,
        count(case
            when by_buyer.matures_on < reference_date.as_of and by_buyer.next_ordered_on <= by_buyer.matures_on then 1
        end) as matured_repurchasers
    from by_buyer
    cross join reference_date
    group by by_buyer.dimension, by_buyer.dimension_value, by_buyer.month

),

-- 3. would they recommend us: the promoters among the month's NPS answers
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
        month as period_start,
        dimension,
        dimension_value,

        -- three repurchase rates
        {{ safe_divide('repurchasers_365d', 'buyers_365d') }} as repurchase_rate_window,
        {{ wilson_low('repurchasers_365d', 'buyers_365d') }} as repurchase_rate_window_low,
        {{ wilson_high('repurchasers_365d', 'buyers_365d') }} as repurchase_rate_window_high,
        buyers_365d,
        repurchasers_365d,
        {{ safe_divide('matured_repurchasers', 'matured_customers') }} as repurchase_rate_cohort_90d,
        {{ wilson_low('matured_repurchasers', 'matured_customers') }} as repurchase_rate_cohort_90d_low,
        {{ wilson_high('matured_repurchasers', 'matured_customers') }} as repurchase_rate_cohort_90d_high,
        new_customers,
        matured_customers,
        matured_repurchasers,
        {{ safe_divide('returning_buyers', 'buyers') }} as returning_share,
        {{ wilson_low('returning_buyers', 'buyers') }} as returning_share_low,
        {{ wilson_high('returning_buyers', 'buyers') }} as returning_share_high,
        buyers,
        returning_buyers,

        -- advocacy
        {{ safe_divide('referring_buyers', 'buyers') }} as referral_rate,
        {{ wilson_low('referring_buyers', 'buyers') }} as referral_rate_low,
        {{ wilson_high('referring_buyers', 'buyers') }} as referral_rate_high,
        referring_buyers,
        {{ safe_divide('promoters', 'nps_responses') }} as recommendation_rate,
        {{ wilson_low('promoters', 'nps_responses') }} as recommendation_rate_low,
        {{ wilson_high('promoters', 'nps_responses') }} as recommendation_rate_high,
        nps_responses,

        -- trouble
        {{ safe_divide('complained_orders', 'orders') }} as complaint_rate,
        {{ wilson_low('complained_orders', 'orders') }} as complaint_rate_low,
        {{ wilson_high('complained_orders', 'orders') }} as complaint_rate_high,
        {{ safe_divide('complaining_buyers', 'buyers') }} as complaining_buyer_share,
        {{ safe_divide('returned_orders', 'orders') }} as return_rate,
        {{ wilson_low('returned_orders', 'orders') }} as return_rate_low,
        {{ wilson_high('returned_orders', 'orders') }} as return_rate_high,
        orders,
        complained_orders,
        returned_orders,
        buyers < {{ var('small_sample_under') | int }} as is_small_sample
    from joined

)

select * from final
