{#- One row per month and associate who handles tickets: volume, speed, reopened tickets, and how the customers rated it. -#}
with

tickets as (

    select * from {{ ref('int_service_tickets') }}

),

answers as (

    select * from {{ ref('int_feedback_answers') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

ratings as (

    select
        ticket_id,
        max_by(score, answered_at) as csat_score
    from answers
    where metric = 'csat' and ticket_id is not null
    group by ticket_id

),

final as (

    select
        -- key
        {{ date_trunc_to('month', 'tickets.opened_on') }} as month,
        tickets.associate_id,

        -- attributes
        {{ is_period_over(date_trunc_to('month', 'tickets.opened_on'), 'reference_date.as_of', 'month') }} as is_complete,

        -- measures
        count(*) as tickets,
        count(case when tickets.is_complaint then 1 end) as complaints,
        percentile_cont(0.5) within group (order by tickets.first_response_seconds) as first_response_p50_seconds,
        percentile_cont(0.9) within group (order by tickets.first_response_seconds) as first_response_p90_seconds,
        percentile_cont(0.5) within group (order by tickets.resolution_seconds) as resolution_p50_seconds,
        percentile_cont(0.9) within group (order by tickets.resolution_seconds) as resolution_p90_seconds,
        count(case when tickets.reopened_count > 0 then 1 end) as reopened,
        count(case when tickets.is_open then 1 end) as still_open,
        count(ratings.csat_score) as csat_responses,
        avg(ratings.csat_score) as csat_mean_score,
        count(*) < {{ var('small_sample_under') | int }} as is_small_sample
    from tickets
    cross join reference_date
    left join ratings on tickets.ticket_id = ratings.ticket_id
    group by {{ date_trunc_to('month', 'tickets.opened_on') }}, tickets.associate_id, reference_date.as_of

)

select * from final
