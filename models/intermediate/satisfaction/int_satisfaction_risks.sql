{#-
  One row per customer with a sign that they are about to leave: the reasons in order of priority,
  each with its evidence in words and numbers. Limits and windows stand in satisfaction_risk_rules.
-#}
with

newest_answers as (

    select * from {{ ref('int_newest_answers') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

orders as (

    select * from {{ ref('orders') }}

),

returns as (

    select * from {{ ref('order_returns') }}

),

rules as (

    select * from {{ ref('satisfaction_risk_rules') }}

),

metrics as (

    select * from {{ ref('feedback_metrics') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. scores and their age
newest as (

    select
        newest_answers.*,
        {{ days_between('newest_answers.answered_on', 'reference_date.as_of') }} as age_days
    from newest_answers
    cross join reference_date

),

-- 2. complaints and what followed
complaints as (

    select
        tickets.customer_id,
        tickets.ticket_id,
        tickets.order_id,
        tickets.opened_at,
        tickets.is_open,
        tickets.first_response_at,
        {{ days_between('tickets.opened_on', 'reference_date.as_of') }} as age_days
    from tickets
    cross join reference_date
    where tickets.is_complaint and tickets.customer_id is not null

),

complained_returns as (

    select
        complaints.customer_id,
        returns.return_id,
        returns.returned_on,
        {{ days_between('returns.returned_on', 'reference_date.as_of') }} as age_days,
        min({{ seconds_between('complaints.opened_at', 'returns.returned_at') }} / 86400e0) as days_after
    from complaints
    inner join returns
        on
            complaints.order_id = returns.order_id
            and complaints.opened_at <= returns.returned_at
    cross join reference_date
    group by
        complaints.customer_id,
        returns.return_id,
        returns.returned_on,
        {{ days_between('returns.returned_on', 'reference_date.as_of') }}

),

-- 3. the gap since the last order against the customer's own rhythm
rhythms as (

    select
        orders.customer_id,
        {{ days_between('max(orders.ordered_on)', 'max(reference_date.as_of)') }} as age_days,
        max(orders.ordered_on) as last_ordered_on,
        count(*) as order_count,
        percentile_cont(0.5) within group (
            order by cast(orders.days_since_previous_order as double)
        ) as median_gap_days
    from orders
    cross join reference_date
    where orders.customer_id is not null
    group by orders.customer_id

),

-- 4. one candidate per rule and finding
found as (

    select
        newest.customer_id,
        rules.reason,
        newest.share_before - newest.score_share as weight,
        concat(
            newest.metric, ' ', {{ as_text('cast(newest.score_before as decimal(9, 1))') }},
            ' then ', {{ as_text('cast(newest.score as decimal(9, 1))') }},
            ' on ', {{ as_text('newest.answered_on') }}
        ) as evidence
    from newest
    inner join rules on rules.reason = 'falling_score'
    where
        newest.share_before - newest.score_share >= rules.threshold
        and newest.age_days <= rules.window_days

    union all

    select
        newest.customer_id,
        rules.reason,
        1e0 - newest.score_share as weight,
        concat(
            newest.metric, ' ', {{ as_text('cast(newest.score as decimal(9, 1))') }},
            ' of ', {{ as_text('metrics.scale_max') }},
            ' on ', {{ as_text('newest.answered_on') }}
        ) as evidence
    from newest
    inner join metrics on newest.metric = metrics.metric
    inner join rules on rules.reason = 'low_score'
    where
        newest.score_share <= rules.threshold
        and newest.age_days <= rules.window_days

    union all

    select
        complaints.customer_id,
        rules.reason,
        cast(complaints.age_days as double) as weight,
        concat(
            'ticket ', complaints.ticket_id, ' open for ', {{ as_text('complaints.age_days') }}, ' days, ',
            case
                when complaints.first_response_at is null then 'no response'
                else 'answered, not resolved'
            end
        ) as evidence
    from complaints
    inner join rules
        on
            rules.reason = case
                when complaints.first_response_at is null then 'unanswered_complaint'
                else 'open_complaint'
            end
    where
        complaints.is_open
        and complaints.age_days >= rules.threshold
        and complaints.age_days <= rules.window_days

    union all

    select
        complained_returns.customer_id,
        rules.reason,
        1e0 / (1e0 + complained_returns.days_after) as weight,
        concat(
            'returned ', {{ as_text('cast(floor(complained_returns.days_after) as bigint)') }},
            ' days after the complaint, on ', {{ as_text('complained_returns.returned_on') }}
        ) as evidence
    from complained_returns
    inner join rules on rules.reason = 'return_after_complaint'
    where
        complained_returns.days_after <= rules.threshold
        and complained_returns.age_days <= rules.window_days

    union all

    select
        rhythms.customer_id,
        rules.reason,
        {{ safe_divide('rhythms.age_days', 'greatest(rhythms.median_gap_days, 1e0)') }} as weight,
        concat(
            {{ as_text('rhythms.age_days') }}, ' days since the last order, usually ',
            {{ as_text('cast(rhythms.median_gap_days as decimal(9, 1))') }}
        ) as evidence
    from rhythms
    inner join rules on rules.reason = 'longer_gap'
    where
        rhythms.order_count >= 3
        and rhythms.age_days > rules.threshold * greatest(rhythms.median_gap_days, 1e0)
        and rhythms.age_days <= rules.window_days

),

-- 5. the strongest finding of each reason, then the reasons in order of priority
ranked as (

    select
        found.customer_id,
        found.reason,
        found.evidence,
        rules.priority,
        row_number() over (
            partition by found.customer_id, found.reason
            order by {{ round_significant('found.weight') }} desc, found.evidence asc
        ) as finding_rank
    from found
    inner join rules on found.reason = rules.reason

),

final as (

    select
        customer_id,
        count(*) as reason_count,
        min_by(reason, priority) as main_reason,
        {{ ordered_string_agg('reason', '; ', 'priority') }} as reasons,
        {{ ordered_string_agg("concat(reason, ': ', evidence)", '; ', 'priority') }} as evidence
    from ranked
    where finding_rank = 1
    group by customer_id

)

select * from final
