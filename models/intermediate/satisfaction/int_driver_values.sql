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

order_facts as (

    select * from {{ ref('int_answered_orders') }}

),

returns as (

    select * from {{ ref('order_returns') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

levels as (

    select * from {{ ref('int_score_levels') }}

),

-- complaints and returns before each answer
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
        category_levels.score_level as category_level,
        product_levels.score_level as product_level
    from answers
    left join order_facts on answers.order_id = order_facts.order_id
    left join complaints on answers.answer_id = complaints.answer_id
    left join returned on answers.answer_id = returned.answer_id
    left join tickets as own_ticket on answers.ticket_id = own_ticket.ticket_id
    left join levels as category_levels
        on
            category_levels.subject_kind = 'category'
            and answers.metric = category_levels.metric
            and answers.category = category_levels.subject
            and {{ date_trunc_to('month', 'answers.answered_on') }} = category_levels.answer_month
    left join levels as product_levels
        on
            product_levels.subject_kind = 'product'
            and answers.metric = product_levels.metric
            and answers.product_id = product_levels.subject
            and {{ date_trunc_to('month', 'answers.answered_on') }} = product_levels.answer_month

)

select * from final
