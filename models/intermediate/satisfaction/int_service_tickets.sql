{#-
  One row per accepted service ticket: whose it is, how long it took, and whether it stands open at
  as_of. Times before the opening count as unknown.
-#}
with

tickets as (

    select * from {{ ref('stg_feedback__service_tickets') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

unique_ids as (

    select * from {{ ref('int_account_ids_unique') }}

),

orders as (

    select * from {{ ref('orders') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what was known at as_of
known as (

    select
        tickets.ticket_id,
        tickets.ticket_type,
        coalesce(tickets.source_system, unique_ids.source_system) as source_system,
        tickets.account_id,
        tickets.order_id,
        coalesce(tickets.topic, '(unknown)') as topic,
        coalesce(tickets.channel, '(unknown)') as channel,
        coalesce(tickets.agent_id, '(unknown)') as associate_id,
        tickets.status,
        coalesce(tickets.reopened_count, 0) as reopened_count,
        tickets.opened_at,
        case
            when
                tickets.first_response_at >= tickets.opened_at
                and tickets.first_response_at < reference_date.as_of_at
                then tickets.first_response_at
        end as first_response_at,
        case
            when
                tickets.resolved_at >= tickets.opened_at
                and tickets.resolved_at < reference_date.as_of_at
                then tickets.resolved_at
        end as resolved_at,
        -- a ticket may be closed without a time, or with one that cannot be: then it is not open
        coalesce(
            tickets.resolved_at < reference_date.as_of_at
            or tickets.resolved_at is null and tickets.status in ('closed', 'resolved', 'solved', 'done'),
            false
        ) as is_closed
    from tickets
    cross join reference_date
    left join unique_ids on tickets.account_id = unique_ids.account_id

),

final as (

    select
        -- key
        known.ticket_id,

        -- attributes
        coalesce(accounts.customer_id, orders.customer_id) as customer_id,
        known.ticket_type,
        known.ticket_type = 'complaint' as is_complaint,
        known.order_id,
        known.topic,
        known.channel,
        known.associate_id,
        not known.is_closed as is_open,

        -- measures
        known.reopened_count,
        {{ seconds_between('known.opened_at', 'known.first_response_at') }} as first_response_seconds,
        {{ seconds_between('known.opened_at', 'known.resolved_at') }} as resolution_seconds,

        -- times
        known.opened_at,
        {{ local_date('known.opened_at') }} as opened_on,
        known.first_response_at,
        known.resolved_at,
        {{ local_date('known.resolved_at') }} as resolved_on
    from known
    left join accounts
        on
            known.source_system = accounts.source_system
            and known.account_id = accounts.account_id
    left join orders on known.order_id = orders.order_id

)

select * from final
