{#- One row per period, dimension and value: people active on the day, in the week, in the month. -#}
with

person_days as (

    select * from {{ ref('int_person_days') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

with_neighbours as (

    select
        *,
        lag(active_on) over (partition by dimension, dimension_value, person_key order by active_on asc) as previous_on,
        lead(active_on) over (partition by dimension, dimension_value, person_key order by active_on asc) as next_on
    from person_days

),

-- 1. trailing windows as arrivals and departures: who was active on day d is counted until d + length
changes as (

    {%- for name, length in [('wau', 7), ('mau', 30)] %}
    select
        dimension,
        dimension_value,
        active_on as changed_on,
        {{ '1' if name == 'wau' else '0' }} as wau_change,
        {{ '1' if name == 'mau' else '0' }} as mau_change
    from with_neighbours
    where previous_on is null or {{ days_between('previous_on', 'active_on') }} >= {{ length }}
    union all
    select
        dimension,
        dimension_value,
        {{ add_days('active_on', length) }} as changed_on,
        {{ '-1' if name == 'wau' else '0' }} as wau_change,
        {{ '-1' if name == 'mau' else '0' }} as mau_change
    from with_neighbours
    where next_on is null or {{ days_between('active_on', 'next_on') }} >= {{ length }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

spans as (

    select
        person_days.dimension,
        person_days.dimension_value,
        min(person_days.active_on) as first_on,
        {{ add_days('max(reference_date.as_of)', -1) }} as last_on
    from person_days
    cross join reference_date
    group by person_days.dimension, person_days.dimension_value

),

days as (

    select
        spans.dimension,
        spans.dimension_value,
        day_list.day as period_start
    from spans
    {{ explode_array(date_array('spans.first_on', 'spans.last_on'), 'day_list', 'day') }}

),

changes_by_day as (

    select
        dimension,
        dimension_value,
        changed_on,
        sum(wau_change) as wau_change,
        sum(mau_change) as mau_change
    from changes
    group by dimension, dimension_value, changed_on

),

activity_by_day as (

    select
        dimension,
        dimension_value,
        active_on,
        count(*) as active_people,
        sum(has_login) as login_days,
        sum(has_feature) as feature_people,
        {{ stable_sum('online_minutes') }} as online_minutes
    from person_days
    group by dimension, dimension_value, active_on

),

daily as (

    select
        days.dimension,
        days.dimension_value,
        days.period_start,
        coalesce(activity_by_day.active_people, 0) as dau,
        sum(coalesce(changes_by_day.wau_change, 0)) over (
            partition by days.dimension, days.dimension_value
            order by days.period_start asc
            rows between unbounded preceding and current row
        ) as wau,
        sum(coalesce(changes_by_day.mau_change, 0)) over (
            partition by days.dimension, days.dimension_value
            order by days.period_start asc
            rows between unbounded preceding and current row
        ) as mau,
        coalesce(activity_by_day.login_days, 0) as login_days,
        coalesce(activity_by_day.online_minutes, 0e0) as online_minutes,
        coalesce(activity_by_day.feature_people, 0) as feature_people
    from days
    left join changes_by_day
        on
            days.dimension = changes_by_day.dimension
            and days.dimension_value = changes_by_day.dimension_value
            and days.period_start = changes_by_day.changed_on
    left join activity_by_day
        on
            days.dimension = activity_by_day.dimension
            and days.dimension_value = activity_by_day.dimension_value
            and days.period_start = activity_by_day.active_on

),

-- 2. months: the mean of their days, and everybody who was active in them
monthly_people as (

    select
        dimension,
        dimension_value,
        {{ date_trunc_to('month', 'active_on') }} as period_start,
        count(distinct person_key) as people,
        count(distinct case when has_feature = 1 then person_key end) as feature_people
    from person_days
    group by dimension, dimension_value, {{ date_trunc_to('month', 'active_on') }}

),

monthly as (

    select
        daily.dimension,
        daily.dimension_value,
        {{ date_trunc_to('month', 'daily.period_start') }} as period_start,
        avg(cast(daily.dau as double)) as dau,
        avg(cast(daily.wau as double)) as wau,
        sum(daily.login_days) as login_days,
        {{ stable_sum('daily.online_minutes') }} as online_minutes
    from daily
    group by daily.dimension, daily.dimension_value, {{ date_trunc_to('month', 'daily.period_start') }}

),

periods as (

    select
        'day' as period_type,
        period_start,
        dimension,
        dimension_value,
        cast(dau as double) as dau,
        cast(wau as double) as wau,
        cast(mau as bigint) as mau,
        cast(login_days as bigint) as login_days,
        online_minutes,
        cast(dau as bigint) as active_people,
        cast(feature_people as bigint) as feature_people
    from daily

    union all

    select
        'month' as period_type,
        monthly.period_start,
        monthly.dimension,
        monthly.dimension_value,
        monthly.dau,
        monthly.wau,
        cast(coalesce(monthly_people.people, 0) as bigint) as mau,
        cast(monthly.login_days as bigint) as login_days,
        monthly.online_minutes,
        cast(coalesce(monthly_people.people, 0) as bigint) as active_people,
        cast(coalesce(monthly_people.feature_people, 0) as bigint) as feature_people
    from monthly
    left join monthly_people
        on
            monthly.dimension = monthly_people.dimension
            and monthly.dimension_value = monthly_people.dimension_value
            and monthly.period_start = monthly_people.period_start

),

-- 3. a feature is adopted by a share of everybody, not of those who use it
final as (

    select
        -- key
        periods.period_type,
        periods.period_start,
        periods.dimension,
        periods.dimension_value,

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
    left join periods as everybody
        on
            periods.period_type = everybody.period_type
            and periods.period_start = everybody.period_start
            and everybody.dimension = '(all)'

)

select * from final
