{#- One row per cutoff and person with a subscription that runs then: its level and age, and after how many days what came of it. -#}
with

subscriptions as (

    select * from {{ ref('stg_commerce__subscriptions') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

people as (

    select * from {{ ref('int_prediction_people') }}

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

horizons as (

    select max(horizon_days) as horizon_days from {{ ref('prediction_targets') }}

),

-- 1. an end that lies ahead is not known yet
owned as (

    select
        people.person_no,
        coalesce(subscriptions.plan_rank, case when subscriptions.is_paid then 1 else 0 end) as plan_rank,
        coalesce(subscriptions.is_paid, false) as is_paid,
        {{ day_no(local_date('subscriptions.started_at')) }} as started_day,
        case
            when subscriptions.ended_at < reference_date.as_of_at then {{ day_no(local_date('subscriptions.ended_at')) }}
        end as ended_day
    from subscriptions
    cross join reference_date
    inner join accounts
        on
            subscriptions.source_system = accounts.source_system
            and subscriptions.account_id = accounts.account_id
    inner join people on accounts.customer_id = people.customer_id

),

highest as (

    select max(plan_rank) as highest_rank from owned

),

-- 2. what runs at the cutoff
running as (

    select
        owned.person_no,
        cutoffs.days_before,
        cutoffs.cutoff_day,
        max(owned.plan_rank) as plan_rank,
        max(case when owned.is_paid then 1 else 0 end) = 1 as is_paid,
        cutoffs.cutoff_day - min(owned.started_day) as subscription_days
    from owned
    inner join cutoffs
        on
            owned.started_day < cutoffs.cutoff_day
            and (owned.ended_day is null or owned.ended_day >= cutoffs.cutoff_day)
    group by owned.person_no, cutoffs.days_before, cutoffs.cutoff_day

),

-- 3. what came: a higher plan, and the last day of paid plans that run or began before the horizon ends
came as (

    select
        running.person_no,
        running.days_before,
        min(case
            when owned.started_day >= running.cutoff_day and owned.plan_rank > running.plan_rank then owned.started_day
        end) as upgraded_day,
        max(case
            when owned.is_paid and owned.started_day < running.cutoff_day + horizons.horizon_days
                then coalesce(owned.ended_day, 1000000)
        end) as paid_until_day
    from running
    cross join horizons
    inner join owned
        on
            running.person_no = owned.person_no
            and coalesce(running.cutoff_day <= owned.ended_day, true)
    group by running.person_no, running.days_before

),

final as (

    select
        running.person_no,
        running.days_before,
        cast(running.plan_rank as int) as plan_rank,
        running.is_paid,
        running.plan_rank < highest.highest_rank as is_below_highest,
        running.subscription_days,
        came.upgraded_day - running.cutoff_day as upgraded_in_days,
        came.paid_until_day - running.cutoff_day as paid_for_days
    from running
    cross join highest
    inner join came
        on
            running.person_no = came.person_no
            and running.days_before = came.days_before

)

select * from final
