{#-
  One row per answer of a known order or ticket: what had happened around it before the answer
  came. A driver that is null is unknown; nothing that happened after the answer counts.
-#}
with

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

orders as (

    select * from {{ ref('orders') }}

),

identified_orders as (

    select * from {{ ref('int_orders_identified') }}

),

returns as (

    select * from {{ ref('order_returns') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

interactions as (

    select * from {{ ref('stg_behaviour__associate_interactions') }}

),

web_events as (

    select * from {{ ref('stg_behaviour__web_events') }}

),

-- 1. complaints and returns before each answer
complaints as (

    select
        answers.answer_id,
        max(
            {{ seconds_between(
                'tickets.opened_at',
                'least(coalesce(tickets.resolved_at, answers.answered_at), answers.answered_at)'
            ) }}
        ) / 86400e0 as complaint_days
    from answers
    inner join tickets
        on
            answers.order_id = tickets.order_id
            and answers.answered_at >= tickets.opened_at
    where tickets.is_complaint
    group by answers.answer_id

),

returned as (

    select
        answers.answer_id,
        max(
            {{ seconds_between(
                'case
                    when orders.delivered_at <= returns.returned_at then orders.delivered_at
                    else orders.ordered_at
                end',
                'returns.returned_at'
            ) }}
        ) / 86400e0 as return_days
    from answers
    inner join returns
        on
            answers.order_id = returns.order_id
            and answers.answered_at >= returns.returned_at
    inner join orders on answers.order_id = orders.order_id
    group by answers.answer_id

),

-- 2. waiting in the shop and page load on the local day of the order
waits as (

    select
        source_system,
        account_id,
        store_id,
        {{ local_date('occurred_at') }} as waited_on,
        max(cast(waited_seconds as double)) / 60e0 as waited_minutes
    from interactions
    where account_id is not null and waited_seconds is not null
    group by source_system, account_id, store_id, {{ local_date('occurred_at') }}

),

asked_orders as (

    select order_id
    from answers
    where order_id is not null
    group by order_id

),

order_days as (

    select
        orders.order_id,
        orders.channel = 'store' as is_store_order,
        identified_orders.source_system,
        identified_orders.account_id,
        identified_orders.device_id,
        orders.store_id,
        orders.associate_id,
        orders.ordered_on,
        orders.ordered_at,
        orders.promised_at,
        orders.delivered_at,
        orders.net_amount,
        {{ safe_divide('orders.discount_amount', 'orders.gross_amount') }} as discount_share
    from orders
    inner join asked_orders on orders.order_id = asked_orders.order_id
    inner join identified_orders on orders.order_id = identified_orders.order_id

),

page_loads as (

    select
        device_id,
        {{ local_date('occurred_at') }} as loaded_on,
        avg(cast(page_load_ms as double)) / 1000e0 as page_load_seconds
    from web_events
    where page_load_ms is not null and device_id is not null
    group by device_id, {{ local_date('occurred_at') }}

),

account_page_loads as (

    select
        source_system,
        account_id,
        {{ local_date('occurred_at') }} as loaded_on,
        avg(cast(page_load_ms as double)) / 1000e0 as page_load_seconds
    from web_events
    where page_load_ms is not null and account_id is not null
    group by source_system, account_id, {{ local_date('occurred_at') }}

),

order_facts as (

    select
        order_days.*,
        waits.waited_minutes,
        case
            when not order_days.is_store_order
                then coalesce(page_loads.page_load_seconds, account_page_loads.page_load_seconds)
        end as page_load_seconds
    from order_days
    left join waits
        on
            order_days.source_system = waits.source_system
            and order_days.account_id = waits.account_id
            and order_days.store_id = waits.store_id
            and order_days.ordered_on = waits.waited_on
    left join page_loads
        on
            order_days.device_id = page_loads.device_id
            and order_days.ordered_on = page_loads.loaded_on
            and not order_days.is_store_order
    left join account_page_loads
        on
            order_days.source_system = account_page_loads.source_system
            and order_days.account_id = account_page_loads.account_id
            and order_days.ordered_on = account_page_loads.loaded_on
            and not order_days.is_store_order

),

-- 3. what a category usually scores: earlier months, as if 20 further answers had been average
category_months as (

    select
        metric,
        category,
        {{ date_trunc_to('month', 'answered_on') }} as answer_month,
        sum(score) as total_score,
        count(*) as answer_count
    from answers
    group by metric, category, {{ date_trunc_to('month', 'answered_on') }}

),

metric_months as (

    select
        metric,
        answer_month,
        sum(total_score) as total_score,
        sum(answer_count) as answer_count
    from category_months
    group by metric, answer_month

),

metric_before as (

    select
        metric,
        answer_month,
        {{ safe_divide(
            'sum(total_score) over (partition by metric order by answer_month
                rows between unbounded preceding and 1 preceding)',
            'sum(answer_count) over (partition by metric order by answer_month
                rows between unbounded preceding and 1 preceding)'
        ) }} as mean_before
    from metric_months

),

category_before as (

    select
        metric,
        category,
        answer_month,
        coalesce(sum(total_score) over (
            partition by metric, category order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0e0) as total_before,
        cast(coalesce(sum(answer_count) over (
            partition by metric, category order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0) as double) as count_before
    from category_months

),

category_levels as (

    select
        category_before.metric,
        category_before.category,
        category_before.answer_month,
        (category_before.total_before + 20e0 * metric_before.mean_before)
        / (category_before.count_before + 20e0) as category_level
    from category_before
    inner join metric_before
        on
            category_before.metric = metric_before.metric
            and category_before.answer_month = metric_before.answer_month
    where category_before.category != '(unknown)'

),

-- 4. the same for the product that a review is about, with 5 further answers
product_months as (

    select
        product_id,
        {{ date_trunc_to('month', 'answered_on') }} as answer_month,
        sum(score) as total_score,
        count(*) as answer_count
    from answers
    where metric = 'review' and product_id is not null
    group by product_id, {{ date_trunc_to('month', 'answered_on') }}

),

product_before as (

    select
        product_id,
        answer_month,
        coalesce(sum(total_score) over (
            partition by product_id order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0e0) as total_before,
        cast(coalesce(sum(answer_count) over (
            partition by product_id order by answer_month
            rows between unbounded preceding and 1 preceding
        ), 0) as double) as count_before
    from product_months

),

product_levels as (

    select
        product_before.product_id,
        product_before.answer_month,
        (product_before.total_before + 5e0 * metric_before.mean_before)
        / (product_before.count_before + 5e0) as product_level
    from product_before
    inner join metric_before
        on
            product_before.answer_month = metric_before.answer_month
            and metric_before.metric = 'review'

),

final as (

    select
        -- key
        answers.answer_id,

        -- attributes
        answers.metric,
        answers.segment,
        answers.score,
        answers.score_class,
        cast(mod({{ hash_60bit('coalesce(answers.customer_id, answers.answer_id)') }}, 256) as int) as resample_unit,

        -- drivers
        case
            when order_facts.order_id is not null
                then greatest(0e0, coalesce({{ seconds_between(
                    'order_facts.promised_at',
                    'least(coalesce(order_facts.delivered_at, answers.answered_at), answers.answered_at)'
                ) }}, 0e0)) / 86400e0
        end as delivery_delay,
        case
            when answers.ticket_id is not null
                then {{ seconds_between(
                    'own_ticket.opened_at',
                    'greatest(
                        own_ticket.opened_at,
                        least(coalesce(own_ticket.resolved_at, answers.answered_at), answers.answered_at)
                    )'
                ) }} / 86400e0
            else complaints.complaint_days
        end as resolution_time,
        own_ticket.first_response_seconds / 3600e0 as first_response_time,
        cast(own_ticket.reopened_count as double) as reopened,
        case
            when answers.ticket_id is not null
                then case when own_ticket.is_complaint then 1e0 else 0e0 end
            when complaints.answer_id is not null then 1e0
            else 0e0
        end as complaint,
        order_facts.waited_minutes as waiting_time,
        returned.return_days as return_time,
        order_facts.page_load_seconds as page_load,
        order_facts.discount_share,
        {{ safe_ln('1e0 + cast(greatest(order_facts.net_amount, 0) as double)') }} as order_value,
        case when order_facts.associate_id is not null then 1e0 else 0e0 end as associate_contact,
        case
            when order_facts.is_store_order then 1e0
            when not order_facts.is_store_order then 0e0
        end as store_channel,
        category_levels.category_level,
        product_levels.product_level
    from answers
    left join order_facts on answers.order_id = order_facts.order_id
    left join complaints on answers.answer_id = complaints.answer_id
    left join returned on answers.answer_id = returned.answer_id
    left join tickets as own_ticket on answers.ticket_id = own_ticket.ticket_id
    left join category_levels
        on
            answers.metric = category_levels.metric
            and answers.category = category_levels.category
            and {{ date_trunc_to('month', 'answers.answered_on') }} = category_levels.answer_month
    left join product_levels
        on
            answers.metric = 'review'
            and answers.product_id = product_levels.product_id
            and {{ date_trunc_to('month', 'answers.answered_on') }} = product_levels.answer_month

)

select * from final
