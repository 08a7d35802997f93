{#-
  One row per month, dimension and value: do people come back, bring others, complain, send back.
  The three repurchase rates answer three questions and are never mixed.
-#}
{%- set dimensions = ['all', 'channel', 'region', 'store', 'segment', 'category'] -%}
with

orders as (

    select * from {{ ref('orders') }}

),

order_categories as (

    select * from {{ ref('int_order_main_category') }}

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

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

referrals as (

    select * from {{ ref('int_customer_referrals') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. orders with the values of all dimensions
complained as (

    select order_id
    from tickets
    where is_complaint and order_id is not null
    group by order_id

),

referring_months as (

    select
        referrer_customer_id as customer_id,
        {{ date_trunc_to('month', 'referred_on') }} as month
    from referrals
    group by referrer_customer_id, {{ date_trunc_to('month', 'referred_on') }}

),

order_facts as (

    select
        orders.order_id,
        orders.customer_id,
        orders.ordered_on,
        orders.ordered_at,
        {{ date_trunc_to('month', 'orders.ordered_on') }} as month,
        orders.customer_order_number,
        complained.order_id is not null as has_complaint,
        orders.return_count > 0 as has_return,
        referring_months.customer_id is not null as has_referred,
        '(all)' as all_value,
        orders.channel as channel_value,
        coalesce(stores.region, customers.home_region, '(unknown)') as region_value,
        coalesce(orders.store_id, '(none)') as store_value,
        coalesce(segments.segment, '(none)') as segment_value,
        coalesce(order_categories.category, '(unknown)') as category_value
    from orders
    left join order_categories on orders.order_id = order_categories.order_id
    left join customers on orders.customer_id = customers.customer_id
    left join segments on orders.customer_id = segments.customer_id
    left join stores on orders.store_id = stores.store_id
    left join complained on orders.order_id = complained.order_id
    left join referring_months
        on
            orders.customer_id = referring_months.customer_id
            and {{ date_trunc_to('month', 'orders.ordered_on') }} = referring_months.month

),

exploded as (

    {%- for dimension in dimensions %}

    select
        '{{ dimension }}' as dimension,
        {{ dimension }}_value as dimension_value,
        month,
        order_id,
        customer_id,
        ordered_on,
        ordered_at,
        customer_order_number,
        has_complaint,
        has_return,
        has_referred
    from order_facts
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. the month's orders and, per buyer, what they did
order_rates as (

    select
        dimension,
        dimension_value,
        month,
        count(*) as orders,
        count(case when has_complaint then 1 end) as complained_orders,
        count(case when has_return then 1 end) as returned_orders
    from exploded
    group by dimension, dimension_value, month

),

buyers as (

    select
        dimension,
        dimension_value,
        month,
        customer_id,
        min(customer_order_number) as first_order_number,
        max(case when has_complaint then 1 else 0 end) as has_complained,
        max(case when has_referred then 1 else 0 end) as has_referred
    from exploded
    where customer_id is not null
    group by dimension, dimension_value, month, customer_id

),

buyer_rates as (

    select
        dimension,
        dimension_value,
        month,
        count(*) as buyers,
        count(case when first_order_number > 1 then 1 end) as returning_buyers,
        cast(sum(has_complained) as bigint) as complaining_buyers,
        cast(sum(has_referred) as bigint) as referring_buyers
    from buyers
    group by dimension, dimension_value, month

),

-- 3. first-order cohorts: the next order within 90 days, wherever it was placed
sequenced as (

    select
        order_id,
        lead(ordered_on) over (partition by customer_id order by ordered_at asc, order_id asc) as next_ordered_on
    from order_facts
    where customer_id is not null

),

cohorts as (

    select
        exploded.dimension,
        exploded.dimension_value,
        exploded.month,
        count(*) as new_customers,
        count(case when {{ add_days('exploded.ordered_on', 90) }} < reference_date.as_of then 1 end) as matured_customers,
        count(case
            when
                {{ add_days('exploded.ordered_on', 90) }} < reference_date.as_of
                and sequenced.next_ordered_on <= {{ add_days('exploded.ordered_on', 90) }}
                then 1
        end) as matured_repurchasers
    from exploded
    inner join sequenced on exploded.order_id = sequenced.order_id
    cross join reference_date
    where exploded.customer_order_number = 1
    group by exploded.dimension, exploded.dimension_value, exploded.month

),

-- 4. trailing 365 days at the end of each month. Each order is its customer's newest until the next
--    one or until 365 days are over, so buyers are counted by comings and goings, without looking
--    at a year of orders for every month
spans as (

    select
        exploded.dimension,
        exploded.dimension_value,
        exploded.ordered_on,
        lead(exploded.ordered_on) over same_buyer as next_ordered_on,
        lag(exploded.ordered_on) over same_buyer as previous_ordered_on,
        reference_date.as_of
    from exploded
    cross join reference_date
    where exploded.customer_id is not null
    window same_buyer as (
        partition by exploded.dimension, exploded.dimension_value, exploded.customer_id
        order by exploded.ordered_at asc, exploded.order_id asc
    )

),

bounded as (

    select
        *,
        case
            when next_ordered_on <= {{ add_days('ordered_on', 365) }} then next_ordered_on
            else {{ add_days('ordered_on', 365) }}
        end as buyer_until,
        case
            when next_ordered_on <= {{ add_days('previous_ordered_on', 365) }} then next_ordered_on
            else {{ add_days('previous_ordered_on', 365) }}
        end as repurchaser_until
    from spans

),

changes as (

    select
        dimension,
        dimension_value,
        {{ date_trunc_to('month', 'ordered_on') }} as month,
        1 as buyer_change,
        case when repurchaser_until > ordered_on then 1 else 0 end as repurchaser_change
    from bounded

    union all

    select
        dimension,
        dimension_value,
        {{ date_trunc_to('month', 'buyer_until') }} as month,
        -1 as buyer_change,
        0 as repurchaser_change
    from bounded
    where buyer_until < as_of

    union all

    select
        dimension,
        dimension_value,
        {{ date_trunc_to('month', 'repurchaser_until') }} as month,
        0 as buyer_change,
        -1 as repurchaser_change
    from bounded
    where repurchaser_until > ordered_on and repurchaser_until < as_of

),

monthly_changes as (

    select
        dimension,
        dimension_value,
        month,
        sum(buyer_change) as buyer_change,
        sum(repurchaser_change) as repurchaser_change
    from changes
    group by dimension, dimension_value, month

),

windows as (

    select
        dimension,
        dimension_value,
        month,
        cast(sum(buyer_change) over (
            partition by dimension, dimension_value order by month
            rows between unbounded preceding and current row
        ) as bigint) as buyers_365d,
        cast(sum(repurchaser_change) over (
            partition by dimension, dimension_value order by month
            rows between unbounded preceding and current row
        ) as bigint) as repurchasers_365d
    from monthly_changes

),

-- 5. would they recommend us: the promoters among the month's NPS answers
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
        coalesce(order_rates.orders, 0) as orders,
        coalesce(order_rates.complained_orders, 0) as complained_orders,
        coalesce(order_rates.returned_orders, 0) as returned_orders,
        coalesce(buyer_rates.buyers, 0) as buyers,
        coalesce(buyer_rates.returning_buyers, 0) as returning_buyers,
        coalesce(buyer_rates.complaining_buyers, 0) as complaining_buyers,
        coalesce(buyer_rates.referring_buyers, 0) as referring_buyers,
        coalesce(cohorts.new_customers, 0) as new_customers,
        coalesce(cohorts.matured_customers, 0) as matured_customers,
        coalesce(cohorts.matured_repurchasers, 0) as matured_repurchasers,
        coalesce(recommendations.nps_responses, 0) as nps_responses,
        coalesce(recommendations.promoters, 0) as promoters
    from windows
    left join order_rates
        on
            windows.dimension = order_rates.dimension
            and windows.dimension_value = order_rates.dimension_value
            and windows.month = order_rates.month
    left join buyer_rates
        on
            windows.dimension = buyer_rates.dimension
            and windows.dimension_value = buyer_rates.dimension_value
            and windows.month = buyer_rates.month
    left join cohorts
        on
            windows.dimension = cohorts.dimension
            and windows.dimension_value = cohorts.dimension_value
            and windows.month = cohorts.month
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
        new_customers,
        matured_customers,
        matured_repurchasers,
        {{ safe_divide('returning_buyers', 'buyers') }} as returning_share,
        buyers,
        returning_buyers,

        -- advocacy
        {{ safe_divide('referring_buyers', 'buyers') }} as referral_rate,
        referring_buyers,
        {{ safe_divide('promoters', 'nps_responses') }} as recommendation_rate,
        nps_responses,

        -- trouble
        {{ safe_divide('complained_orders', 'orders') }} as complaint_rate,
        {{ safe_divide('complaining_buyers', 'buyers') }} as complaining_buyer_share,
        {{ safe_divide('returned_orders', 'orders') }} as return_rate,
        orders,
        complained_orders,
        returned_orders,
        buyers < {{ var('small_sample_under') | int }} as is_small_sample
    from joined

)

select * from final
