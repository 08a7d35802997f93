{#-
  One row per person, local day and kind of event: what people did, in whole numbers. All that the
  propensities know of the past, and of what came after a cutoff, is read from here.
-#}
with

people as (

    select * from {{ ref('int_prediction_people') }}

),

orders as (

    select * from {{ ref('orders') }}
    where customer_id is not null

),

lines as (

    select * from {{ ref('order_lines') }}
    where customer_id is not null

),

categories as (

    select * from {{ ref('int_prediction_categories') }}

),

returns as (

    select * from {{ ref('order_returns') }}
    where customer_id is not null

),

sessions as (

    select * from {{ ref('int_sessions') }}
    where customer_id is not null and not is_bot

),

touchpoints as (

    select * from {{ ref('int_touchpoints') }}
    where
        customer_id is not null
        and source_table in ('campaign_touches', 'service_tickets', 'reviews', 'survey_responses')

),

-- 1. one bit a category
line_days as (

    select
        lines.customer_id,
        lines.ordered_on,
        bit_or(cast(power(2e0, categories.category_rank) as bigint)) as category_bits
    from lines
    inner join categories on lines.category = categories.category
    group by lines.customer_id, lines.ordered_on

),

order_days as (

    select
        customer_id,
        ordered_on,
        count(*) as order_count,
        sum(net_amount) as net_amount,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        max(case when channel = 'store' then 1 else 0 end) as store_order_days
    from orders
    group by customer_id, ordered_on

),

-- 2. the other days, added up where they are many
session_days as (

    select
        customer_id,
        started_on,
        count(*) as session_count,
        sum(product_view_count) as product_view_count,
        sum(cart_count) as cart_count,
        sum(case when source_table = 'store_visits' then 1 else 0 end) as store_visit_count
    from sessions
    group by customer_id, started_on

),

touch_days as (

    select
        customer_id,
        occurred_on,
        sum(case
            when touchpoint_type in ('campaign_click', 'campaign_open', 'campaign_participation', 'coupon_redeemed') then 1 else 0
        end) as click_count,
        sum(case when source_table = 'service_tickets' then 1 else 0 end) as ticket_count,
        sum(case when touchpoint_type in ('survey_nps', 'survey_csat', 'review') and value is not null then 1 else 0 end)
            as feedback_count,
        -- every scale as 0 to 100
        sum(case
            when touchpoint_type = 'survey_nps' then cast(floor(value * 10e0 + 0.5e0) as int)
            when touchpoint_type in ('survey_csat', 'review') then cast(floor((value - 1e0) * 25e0 + 0.5e0) as int)
            else 0
        end) as feedback_points
    from touchpoints
    group by customer_id, occurred_on

),

final as (

    select
        people.person_no,
        {{ day_no('order_days.ordered_on') }} as day_no,
        {{- day_measures({
            'order_count': 'order_days.order_count', 'revenue_cents': 'order_days.net_amount * 100',
            'gross_cents': 'order_days.gross_amount * 100', 'discount_cents': 'order_days.discount_amount * 100',
            'store_order_days': 'order_days.store_order_days', 'category_bits': 'coalesce(line_days.category_bits, 0)',
        }) }}
    from order_days
    inner join people on order_days.customer_id = people.customer_id
    left join line_days
        on
            order_days.customer_id = line_days.customer_id
            and order_days.ordered_on = line_days.ordered_on

    union all

    select
        people.person_no,
        {{ day_no('returns.returned_on') }} as day_no,
        {{- day_measures({'return_count': '1'}) }}
    from returns
    inner join people on returns.customer_id = people.customer_id

    union all

    select
        people.person_no,
        {{ day_no('session_days.started_on') }} as day_no,
        {{- day_measures({
            'session_count': 'session_days.session_count', 'product_view_count': 'coalesce(session_days.product_view_count, 0)',
            'cart_count': 'coalesce(session_days.cart_count, 0)', 'store_visit_count': 'session_days.store_visit_count',
        }) }}
    from session_days
    inner join people on session_days.customer_id = people.customer_id

    union all

    select
        people.person_no,
        {{ day_no('touch_days.occurred_on') }} as day_no,
        {{- day_measures({
            'click_count': 'touch_days.click_count', 'ticket_count': 'touch_days.ticket_count',
            'feedback_count': 'touch_days.feedback_count', 'feedback_points': 'touch_days.feedback_points',
        }) }}
    from touch_days
    inner join people on touch_days.customer_id = people.customer_id
    where touch_days.click_count + touch_days.ticket_count + touch_days.feedback_count > 0

)

select * from final
