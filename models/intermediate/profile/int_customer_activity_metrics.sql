{#- One row per customer with an interaction besides buying: how often, how long, of which kind. -#}
{%- set window = var('profile_window_days') | int -%}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

activity_days as (

    select * from {{ ref('int_activity_days') }}

),

interest_days as (

    select * from {{ ref('int_interest_days') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. days of a customer, all accounts together, with their distance from the reference date
customer_days as (

    select
        accounts.customer_id,
        activity_days.activity_on,
        activity_days.activity_kind,
        {{ days_between('activity_days.activity_on', 'min(reference_date.as_of)') }} as days_ago,
        sum(activity_days.event_count) as event_count,
        sum(activity_days.dwell_seconds) as dwell_seconds
    from activity_days
    inner join accounts on activity_days.account_key = accounts.account_key
    inner join population on accounts.customer_id = population.customer_id
    cross join reference_date
    group by accounts.customer_id, activity_days.activity_on, activity_days.activity_kind

),

-- the distances below are bounded by the reference date, which is not a day of activity itself
activity_totals as (

    select
        customer_id,
        count(distinct activity_on) as engagement_depth,
        count(distinct case when days_ago <= 30 then activity_on end) as active_days_30d,
        count(distinct case when days_ago <= 90 then activity_on end) as active_days_90d,
        coalesce(sum(case when activity_kind = 'online' and days_ago <= 30 then dwell_seconds end), 0) / 60e0 as online_minutes_30d,
        coalesce(sum(case when activity_kind = 'online' and days_ago <= 90 then dwell_seconds end), 0) / 60e0 as online_minutes_90d,
        cast(coalesce(sum(case when activity_kind = 'store_visit' and days_ago <= 90 then event_count end), 0) as bigint) as store_visits_90d,
        cast(coalesce(sum(case when activity_kind = 'store_visit' and days_ago <= {{ window }} then event_count end), 0) as bigint) as window_store_visits,
        coalesce(sum(case when activity_kind = 'store_visit' and days_ago <= 90 then dwell_seconds end), 0) / 60e0 as store_dwell_minutes_90d,
        count(distinct case when activity_kind = 'store_visit' and days_ago <= {{ window }} then activity_on end) as store_visit_days
    from customer_days
    group by customer_id

),

-- 2. visit days on which an associate took part
associate_days as (

    select
        visits.customer_id,
        count(*) as associate_visit_days
    from customer_days as visits
    inner join customer_days as talks
        on
            visits.customer_id = talks.customer_id
            and visits.activity_on = talks.activity_on
            and talks.activity_kind = 'associate'
    where visits.activity_kind = 'store_visit' and visits.days_ago <= {{ window }}
    group by visits.customer_id

),

-- 3. days by type of online event
event_days as (

    select
        accounts.customer_id,
        interest_days.activity_on,
        interest_days.event_type,
        {{ days_between('interest_days.activity_on', 'min(reference_date.as_of)') }} as days_ago,
        sum(interest_days.event_count) as event_count
    from interest_days
    inner join accounts on interest_days.account_key = accounts.account_key
    inner join population on accounts.customer_id = population.customer_id
    cross join reference_date
    where
        interest_days.dimension = 'event'
        and interest_days.event_type in ('login', 'search', 'share', 'like', 'comment', 'follow', 'product_view')
    group by accounts.customer_id, interest_days.activity_on, interest_days.event_type

),

event_totals as (

    select
        customer_id,
        count(distinct case when event_type = 'login' and days_ago <= 30 then activity_on end) as login_days_30d,
        count(distinct case when event_type = 'search' and days_ago <= {{ window }} then activity_on end) as search_days,
        count(distinct case
            when event_type in ('share', 'like', 'comment', 'follow') and days_ago <= {{ window }} then activity_on
        end) as social_days,
        cast(coalesce(sum(case when event_type = 'product_view' and days_ago <= {{ window }} then event_count end), 0) as bigint) as product_view_count
    from event_days
    group by customer_id

),

final as (

    select
        activity_totals.*,
        {{ safe_divide('coalesce(associate_days.associate_visit_days, 0)', 'activity_totals.store_visit_days') }} as associate_visit_share,
        coalesce(event_totals.login_days_30d, 0) as login_days_30d,
        coalesce(event_totals.search_days, 0) as search_days,
        coalesce(event_totals.social_days, 0) as social_days,
        coalesce(event_totals.product_view_count, 0) as product_view_count
    from activity_totals
    left join associate_days on activity_totals.customer_id = associate_days.customer_id
    left join event_totals on activity_totals.customer_id = event_totals.customer_id

)

select * from final
