{#-
  One row per segmentation and customer with consent to analytics: six features as they are (v1 …) and
  standardised on the logarithmic scale (f1 …), where ten orders against five count as much as two
  against one. Fits use up to 10,000 customers of each segmentation; up to 4,000 of them judge whether
  resamples find the same groups.
-#}
with

rfm as (

    select * from {{ ref('customer_rfm') }}

),

orders as (

    select * from {{ ref('orders') }}

),

customers as (

    select * from {{ ref('customers') }}
    where has_analytics_consent

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. buyers: how they buy
discounts as (

    select
        customer_id,
        {{ safe_divide('sum(discount_amount)', 'sum(net_amount + discount_amount)') }} as discount_share
    from orders
    group by customer_id

),

buyers as (

    select
        'buyers' as segmentation,
        rfm.customer_id,
        cast(rfm.recency_days as double) as v1,
        cast(rfm.frequency as double) as v2,
        greatest(cast(rfm.monetary as double) / rfm.frequency, 0e0) as v3,
        cast(rfm.category_breadth as double) as v4,
        cast(rfm.engagement_depth as double) as v5,
        least(1e0, greatest(coalesce(discounts.discount_share, 0e0), 0e0)) as v6
    from rfm
    left join discounts on rfm.customer_id = discounts.customer_id

),

-- 2. everyone: what they do, buyers or not
recent_activity as (

    select
        accounts.customer_id,
        count(distinct case when activity_days.activity_kind = 'online' then activity_days.activity_on end) as online_days,
        count(distinct case when activity_days.activity_kind = 'store_visit' then activity_days.activity_on end) as store_days,
        count(distinct case when activity_days.activity_kind in ('associate', 'service') then activity_days.activity_on end)
            as contact_days,
        count(distinct case when activity_days.activity_kind in ('review', 'survey') then activity_days.activity_on end)
            as feedback_days
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    cross join reference_date
    where activity_days.activity_on >= {{ add_days('reference_date.as_of', -365) }}
    group by accounts.customer_id

),

last_activity as (

    select
        accounts.customer_id,
        max(activity_days.activity_on) as last_active_on
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    group by accounts.customer_id

),

recent_orders as (

    select
        orders.customer_id,
        count(distinct orders.ordered_on) as order_days
    from orders
    cross join reference_date
    where orders.ordered_on >= {{ add_days('reference_date.as_of', -365) }}
    group by orders.customer_id

),

everyone as (

    select
        'everyone' as segmentation,
        customers.customer_id,
        cast(coalesce(recent_activity.online_days, 0) as double) as v1,
        cast(coalesce(recent_activity.store_days, 0) as double) as v2,
        cast(coalesce(recent_activity.contact_days, 0) as double) as v3,
        cast(coalesce(recent_activity.feedback_days, 0) as double) as v4,
        cast(coalesce(recent_orders.order_days, 0) as double) as v5,
        cast(greatest(0, {{ days_between(
            'greatest(' ~ local_date('customers.first_seen_at') ~ ', coalesce(last_activity.last_active_on, '
            ~ local_date('customers.first_seen_at') ~ '), coalesce(' ~ local_date('customers.last_ordered_at') ~ ', '
            ~ local_date('customers.first_seen_at') ~ '))',
            'reference_date.as_of'
        ) }}) as double) as v6
    from customers
    cross join reference_date
    left join recent_activity on customers.customer_id = recent_activity.customer_id
    left join last_activity on customers.customer_id = last_activity.customer_id
    left join recent_orders on customers.customer_id = recent_orders.customer_id

),

unioned as (

    select * from buyers
    union all
    select * from everyone

),

-- 3. standardised logarithms; a feature that is the same for all says nothing
logged as (

    select
        *,
        {%- for number in range(1, 7) %}
        ln(1e0 + coalesce(v{{ number }}, 0e0)) as l{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from unioned

),

moments as (

    select
        segmentation,
        count(*) as customers,
        {%- for number in range(1, 7) %}
        {{ stable_avg('l' ~ number) }} as m{{ number }},
        sqrt(greatest(
            {{ stable_avg('l' ~ number ~ ' * l' ~ number) }}
            - {{ stable_avg('l' ~ number) }} * {{ stable_avg('l' ~ number) }}, 0e0
        )) as s{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from logged
    group by segmentation

),

standardised as (

    select
        logged.*,
        {%- for number in range(1, 7) %}
        case when moments.s{{ number }} > 1e-6 then (logged.l{{ number }} - moments.m{{ number }}) / moments.s{{ number }} else 0e0 end
            as z{{ number }},
        {%- endfor %}
        row_number() over (
            partition by logged.segmentation
            order by {{ hash_60bit('logged.customer_id') }}, logged.customer_id
        ) as sample_place
    from logged
    inner join moments on logged.segmentation = moments.segmentation

),

final as (

    select
        segmentation,
        customer_id,
        sample_place <= 10000 as is_sampled,
        sample_place <= 4000 as is_judged,
        {%- for number in range(1, 7) %}
        v{{ number }},
        {%- endfor %}
        {%- for number in range(1, 7) %}
        z{{ number }} as f{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from standardised

)

select * from final
