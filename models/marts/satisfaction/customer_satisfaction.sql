{#-
  One row per customer with consent to analytics: newest answers, ratings, complaints, one index of
  satisfaction, and a warning with its reasons and their evidence.
-#}
{%- set parts = ['nps_part', 'csat_part', 'ces_part', 'rating_part', 'complaint_part'] -%}
with

customers as (

    select * from {{ ref('customers') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

risks as (

    select * from {{ ref('int_satisfaction_risks') }}

),

weights as (

    select * from {{ ref('index_weights') }}

),

-- 1. the newest answer of each metric
ranked as (

    select
        *,
        row_number() over (
            partition by customer_id, metric order by answered_at desc, answer_id desc
        ) as answer_rank
    from answers
    where customer_id is not null

),

given as (

    select
        customer_id,
        count(*) as answer_count,
        count(case when metric = 'review' then 1 end) as review_count,
        avg(case when metric = 'review' then score end) as average_rating,
        (avg(case when metric = 'review' then score end) - 1e0) / 4e0 as rating_part,
        {%- for metric in ['nps', 'csat', 'ces'] %}
        max(case when metric = '{{ metric }}' and answer_rank = 1 then score end) as last_{{ metric }}_score,
        max(case when metric = '{{ metric }}' and answer_rank = 1 then score_share end) as {{ metric }}_part,
        max(case when metric = '{{ metric }}' then answered_at end) as last_{{ metric }}_at,
        {%- endfor %}
        max(answered_at) as last_answered_at
    from ranked
    group by customer_id

),

-- 2. complaints against orders
complaints as (

    select
        customer_id,
        count(*) as ticket_count,
        count(case when is_complaint then 1 end) as complaint_count,
        count(case when is_complaint and is_open then 1 end) as open_complaint_count,
        max(case when is_complaint then opened_at end) as last_complained_at
    from tickets
    where customer_id is not null
    group by customer_id

),

index_weights as (

    select
        {%- for part in parts %}
        coalesce(max(case when part = '{{ part }}' then cast(weight as double) end), 0e0) as {{ part }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from weights
    where index_name = 'satisfaction'

),

joined as (

    select
        customers.customer_id,
        customers.order_count,
        {%- for metric in ['nps', 'csat', 'ces'] %}
        given.last_{{ metric }}_score,
        given.last_{{ metric }}_at,
        given.{{ metric }}_part,
        {%- endfor %}
        given.average_rating,
        given.rating_part,
        given.last_answered_at,
        coalesce(given.answer_count, 0) as answer_count,
        coalesce(given.review_count, 0) as review_count,
        coalesce(complaints.ticket_count, 0) as ticket_count,
        coalesce(complaints.complaint_count, 0) as complaint_count,
        coalesce(complaints.open_complaint_count, 0) as open_complaint_count,
        complaints.last_complained_at,
        case
            when customers.order_count > 0
                then {{ safe_divide('coalesce(complaints.complaint_count, 0)', 'customers.order_count') }}
        end as complaint_rate,
        -- silence is no sign of satisfaction: without an answer or a complaint there is no index
        coalesce(given.answer_count, 0) + coalesce(complaints.complaint_count, 0) > 0 as has_spoken
    from customers
    left join given on customers.customer_id = given.customer_id
    left join complaints on customers.customer_id = complaints.customer_id
    where customers.has_analytics_consent

),

with_parts as (

    select
        *,
        case
            when complaint_rate is not null then greatest(0e0, 1e0 - complaint_rate)
            when complaint_count > 0 then 0e0
        end as complaint_part
    from joined

),

-- 3. weighted mean of the parts that are known
indexed as (

    select
        with_parts.*,
        case
            when with_parts.has_spoken
                then {{ weighted_mean_of(
                    parts, 'with_parts.', 'index_weights.'
                ) }}
        end as satisfaction_index
    from with_parts
    cross join index_weights

),

final as (

    select
        -- key
        indexed.customer_id,

        -- answers
        indexed.last_nps_score,
        indexed.last_csat_score,
        indexed.last_ces_score,
        indexed.average_rating,
        indexed.answer_count,
        indexed.review_count,

        -- complaints
        indexed.ticket_count,
        indexed.complaint_count,
        indexed.open_complaint_count,
        indexed.complaint_rate,

        -- index
        indexed.satisfaction_index,
        {%- for part in parts %}
        indexed.{{ part }},
        {%- endfor %}

        -- warning
        risks.customer_id is not null as is_at_risk,
        coalesce(risks.reason_count, 0) as risk_reason_count,
        risks.main_reason as main_risk_reason,
        risks.reasons as risk_reasons,
        risks.evidence as risk_evidence,

        -- times
        indexed.last_nps_at,
        indexed.last_csat_at,
        indexed.last_ces_at,
        indexed.last_answered_at,
        indexed.last_complained_at
    from indexed
    left join risks on indexed.customer_id = risks.customer_id

)

select * from final
