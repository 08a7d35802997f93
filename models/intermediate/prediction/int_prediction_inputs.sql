{#-
  One row per cutoff and person seen before it: what was known on that day, the same text for the
  past and for today, and after how many days the next order came (`next_…`, never an input).
-#}
{%- set before = 'days.day_no < cutoffs.cutoff_day' -%}
with

people as (

    select * from {{ ref('int_prediction_people') }}

),

days as (

    select * from {{ ref('int_prediction_days') }}

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}

),

horizons as (

    select max(horizon_days) as horizon_days from {{ ref('prediction_targets') }}

),

-- 1. before the cutoff: inputs; from it on: what came. Orders and the rest apart: each has sums of its own
order_totals as (

    select
        days.person_no,
        cutoffs.days_before,
        max(case when {{ before }} then days.day_no end) as last_day,
        min(case when {{ before }} then days.day_no end) as first_day,
        cast(sum(case when {{ before }} then 1 else 0 end) as int) as order_days,
        {%- for span in [30, 90, 365] %}
        cast(sum(case when {{ days_before_cutoff(span) }} then 1 else 0 end) as int) as order_days_{{ span }}d,
        {%- endfor %}
        {%- for measure in ['revenue_cents', 'gross_cents', 'discount_cents'] %}
        cast(sum(case when {{ days_before_cutoff(365) }} then days.{{ measure }} else 0 end) as bigint) as {{ measure }}_365d,
        {%- endfor %}
        cast(sum(case when {{ days_before_cutoff(365) }} then days.store_order_days else 0 end) as int) as store_order_days_365d,
        cast(bit_count(bit_or(case when {{ days_before_cutoff(365) }} then days.category_bits else 0 end)) as int) as categories_365d,
        {%- for slot in category_slots() %}
        {%- set in_category = '(days.category_bits & ' ~ 2 ** slot ~ ') != 0' %}
        cast(sum(case when {{ in_category }} and {{ days_before_cutoff(365) }} then 1 else 0 end) as int) as own_order_days_{{ slot }},
        max(case when {{ in_category }} and {{ before }} then days.day_no end) as own_last_day_{{ slot }},
        min(case when {{ in_category }} and not {{ before }} then days.day_no end) as own_next_day_{{ slot }},
        {%- endfor %}
        -- the 90 days that come, a year ago
        cast(sum(case when cutoffs.cutoff_day - days.day_no between 276 and 365 then 1 else 0 end) as int) as season_order_days,
        min(case when not {{ before }} then days.day_no end) as next_day
    from days
    cross join horizons
    inner join cutoffs on days.day_no < cutoffs.cutoff_day + horizons.horizon_days
    where days.order_count > 0
    group by days.person_no, cutoffs.days_before

),

act_totals as (

    select
        days.person_no,
        cutoffs.days_before,
        cast(sum(case when {{ days_before_cutoff(365) }} then days.return_count else 0 end) as int) as returns_365d,
        cast(sum(case when {{ days_before_cutoff(30) }} then days.session_count else 0 end) as int) as sessions_30d,
        cast(sum(case when {{ days_before_cutoff(90) }} then days.session_count else 0 end) as int) as sessions_90d,
        max(case when days.session_count > 0 then days.day_no end) as last_session_day,
        cast(sum(case when {{ days_before_cutoff(30) }} then days.product_view_count else 0 end) as int) as product_views_30d,
        cast(sum(case when {{ days_before_cutoff(30) }} then days.cart_count else 0 end) as int) as carts_30d,
        cast(sum(case when {{ days_before_cutoff(90) }} then days.store_visit_count else 0 end) as int) as store_visits_90d,
        cast(sum(case when {{ days_before_cutoff(90) }} then days.click_count else 0 end) as int) as clicks_90d,
        cast(sum(case when {{ days_before_cutoff(90) }} then days.ticket_count else 0 end) as int) as tickets_90d,
        cast(sum(case when {{ days_before_cutoff(365) }} then days.feedback_count else 0 end) as int) as feedback_count_365d,
        cast(sum(case when {{ days_before_cutoff(365) }} then days.feedback_points else 0 end) as int) as feedback_points_365d
    from days
    inner join cutoffs
        on
            days.day_no < cutoffs.cutoff_day
            -- of what is long ago only the last visit counts
            and (days.session_count > 0 or cutoffs.cutoff_day - 365 <= days.day_no)
    where days.order_count = 0
    group by days.person_no, cutoffs.days_before

),

-- 2. the typical gap of everybody at the cutoff: what people with few orders are drawn to
rhythms as (

    select
        days_before,
        {{ safe_divide('sum(last_day - first_day)', 'sum(order_days - 1)') }} as mean_gap_days
    from order_totals
    where order_days > 1
    group by days_before

),

known as (

    select
        people.person_no,
        people.draw,
        people.has_personalisation_consent,
        people.model,
        people.r,
        people.alpha,
        people.a,
        people.b,
        cutoffs.cutoff_day - people.first_seen_day as tenure_days,
        cutoffs.days_before,
        cutoffs.cutoff_day,
        coalesce(cutoffs.record_days, 0) as record_days,
        rhythms.mean_gap_days
    from people
    inner join cutoffs on people.first_seen_day < cutoffs.cutoff_day
    left join rhythms on cutoffs.days_before = rhythms.days_before

),

-- 3. days as distances from the cutoff; the own gap as if two more had been the mean of all
final as (

    select
        known.person_no,
        known.days_before,
        known.draw,
        known.has_personalisation_consent,
        known.record_days,
        known.cutoff_day - totals.last_day as silence_days,
        coalesce(totals.order_days, 0) as order_days,
        totals.last_day - totals.first_day as span_days,
        {%- for count in [
            'order_days_30d', 'order_days_90d', 'order_days_365d', 'revenue_cents_365d', 'gross_cents_365d',
            'discount_cents_365d', 'store_order_days_365d', 'categories_365d', 'season_order_days',
        ] %}
        coalesce(totals.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for count in [
            'returns_365d', 'sessions_30d', 'sessions_90d', 'product_views_30d', 'carts_30d', 'store_visits_90d',
            'clicks_90d', 'tickets_90d', 'feedback_count_365d', 'feedback_points_365d',
        ] %}
        coalesce(act_totals.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for slot in category_slots() %}
        coalesce(totals.own_order_days_{{ slot }}, 0) as own_order_days_{{ slot }},
        known.cutoff_day - totals.own_last_day_{{ slot }} as own_silence_days_{{ slot }},
        totals.own_next_day_{{ slot }} - known.cutoff_day as own_next_in_days_{{ slot }},
        {%- endfor %}
        known.cutoff_day - act_totals.last_session_day as session_silence_days,
        known.tenure_days,
        case
            when totals.order_days > 0
                then greatest(1e0, coalesce(
                    (totals.last_day - totals.first_day + 2e0 * known.mean_gap_days) / (totals.order_days + 1e0), 90e0
                ))
        end as gap_days,
        case
            when totals.order_days > 0
                then {{ probability_alive(
                    'known.model', '(totals.order_days - 1)', '((totals.last_day - totals.first_day) / 7e0)',
                    '((known.cutoff_day - 1 - totals.first_day) / 7e0)', 'known.r', 'known.alpha', 'known.a', 'known.b'
                ) }}
        end as probability_alive,
        -- of somebody who is still a customer
        (known.r + totals.order_days - 1) / (known.alpha + (known.cutoff_day - 1 - totals.first_day) / 7e0)
        * 90e0 / 7e0 as orders_if_alive,
        totals.next_day - known.cutoff_day as next_in_days
    from known
    left join order_totals as totals
        on
            known.person_no = totals.person_no
            and known.days_before = totals.days_before
    left join act_totals
        on
            known.person_no = act_totals.person_no
            and known.days_before = act_totals.days_before

)

select * from final
