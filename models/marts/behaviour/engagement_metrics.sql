{#- One row per period, dimension and value: people active on the day, in the week, in the month. -#}
with

activity as (

    select * from {{ ref('int_engagement_days') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. every day from the first one on; trailing windows are arrivals less departures until then
spans as (

    select
        activity.dimension,
        activity.dimension_value,
        min(activity.active_on) as first_on,
        {{ add_days('max(reference_date.as_of)', -1) }} as last_on
    from activity
    cross join reference_date
    group by activity.dimension, activity.dimension_value

),

days as (

    select
        spans.dimension,
        spans.dimension_value,
        day_list.day as period_start
    from spans
    {{ explode_array(date_array('spans.first_on', 'spans.last_on'), 'day_list', 'day') }}

),

daily as (

    select
        days.dimension,
        days.dimension_value,
        days.period_start,
        coalesce(activity.active_people, 0) as active_people,
        coalesce(activity.people_of_month, 0) as people_of_month,
        sum(coalesce(activity.wau_change, 0)) over (
            partition by days.dimension, days.dimension_value
            order by days.period_start asc
            rows between unbounded preceding and current row
        ) as wau,
        sum(coalesce(activity.mau_change, 0)) over (
            partition by days.dimension, days.dimension_value
            order by days.period_start asc
            rows between unbounded preceding and current row
        ) as mau,
        coalesce(activity.login_days, 0) as login_days,
        coalesce(activity.online_minutes, 0e0) as online_minutes,
        coalesce(activity.feature_people, 0) as feature_people,
        coalesce(activity.feature_people_of_month, 0) as feature_people_of_month
    from days
    left join activity
        on
            days.dimension = activity.dimension
            and days.dimension_value = activity.dimension_value
            and days.period_start = activity.active_on

),

-- a month: the mean of its days, and everybody who was active in it
periods as (

    select
        'day' as period_type,
        period_start,
        dimension,
        dimension_value,
        cast(active_people as double) as dau,
        cast(wau as double) as wau,
        cast(mau as bigint) as mau,
        cast(login_days as bigint) as login_days,
        online_minutes,
        cast(active_people as bigint) as active_people,
        cast(feature_people as bigint) as feature_people
    from daily

    union all

    select
        'month' as period_type,
        {{ date_trunc_to('month', 'period_start') }} as period_start,
        dimension,
        dimension_value,
        avg(cast(active_people as double)) as dau,
        avg(cast(wau as double)) as wau,
        cast(sum(people_of_month) as bigint) as mau,
        cast(sum(login_days) as bigint) as login_days,
        {{ stable_sum('online_minutes') }} as online_minutes,
        cast(sum(people_of_month) as bigint) as active_people,
        cast(sum(feature_people_of_month) as bigint) as feature_people
    from daily
    group by dimension, dimension_value, {{ date_trunc_to('month', 'period_start') }}

),

-- 2. a feature is adopted by a share of everybody, not of those who use it
final as (

    select
        -- key
        periods.period_type,
        periods.period_start,
        periods.dimension,
        periods.dimension_value,

        -- attributes
        {{ is_period_over('periods.period_start', 'reference_date.as_of', 'periods.period_type') }} as is_complete,

        -- measures
        periods.dau,
        periods.wau,
        periods.mau,
        {{ safe_divide('periods.dau', 'periods.mau') }} as stickiness,
        periods.login_days,
        periods.online_minutes,
        {{ safe_divide(
            'periods.feature_people',
            "case when periods.dimension = 'feature' then everybody.active_people else periods.active_people end"
        ) }} as feature_adoption
    from periods
    cross join reference_date
    left join periods as everybody
        on
            periods.period_type = everybody.period_type
            and periods.period_start = everybody.period_start
            and everybody.dimension = '(all)'

)

select * from final
