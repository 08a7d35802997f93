{#-
  One row per customer, time pattern and source that an active tag reads: how many orders, or active
  hours online, lie within the pattern, and the share among all customers to compare with.
-#}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

patterns as (

    select * from {{ ref('tag_time_patterns') }}

),

calendar as (

    select * from {{ ref('calendar') }}

),

orders as (

    select * from {{ ref('orders') }}

),

interest_days as (

    select * from {{ ref('int_interest_days') }}

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

wanted as (

    select
        source,
        reads as pattern,
        window_days,
        window_from
    from registry
    where tag_kind = 'time_pattern'
    group by source, reads, window_days, window_from

),

-- 1. the hours of the calendar that belong to each pattern
days as (

    select
        date as calendar_date,
        {{ iso_day_of_week('date') }} as weekday,
        is_holiday,
        has_promotion
    from calendar
    where region = '(all)'

),

pattern_hours as (

    select
        wanted.source,
        wanted.pattern,
        wanted.window_days,
        days.calendar_date,
        hour_list.hour_of_day
    from wanted
    inner join patterns on wanted.pattern = patterns.pattern
    inner join days
        on
            wanted.window_from <= days.calendar_date
            and days.weekday between patterns.weekday_from and patterns.weekday_to
            and case patterns.day_condition
                when 'any' then true
                when 'holiday' then days.is_holiday
                when 'promotion' then days.has_promotion
                when 'workday' then not days.is_holiday
                else false
            end
    {{ explode_array(number_array('patterns.hour_from', 'patterns.hour_to'), 'hour_list', 'hour_of_day') }}
    group by wanted.source, wanted.pattern, wanted.window_days, days.calendar_date, hour_list.hour_of_day

),

-- 2. what a customer does, by day and hour
signals as (

    select
        'purchase' as source,
        orders.customer_id,
        orders.ordered_on as signal_on,
        cast(hour({{ local_time('orders.ordered_at') }}) as bigint) as hour_of_day,
        count(*) as signal_count
    from orders
    inner join population on orders.customer_id = population.customer_id
    group by orders.customer_id, orders.ordered_on, cast(hour({{ local_time('orders.ordered_at') }}) as bigint)

    union all

    select
        'online' as source,
        accounts.customer_id,
        interest_days.activity_on as signal_on,
        cast(interest_days.dimension_value as bigint) as hour_of_day,
        1 as signal_count
    from interest_days
    inner join accounts on interest_days.account_key = accounts.account_key
    inner join population on accounts.customer_id = population.customer_id
    where interest_days.dimension = 'hour'
    group by accounts.customer_id, interest_days.activity_on, cast(interest_days.dimension_value as bigint)

),

counts as (

    select
        wanted.source,
        wanted.pattern,
        wanted.window_days,
        signals.customer_id,
        cast(sum(signals.signal_count) as bigint) as total_count,
        cast(sum(case when pattern_hours.pattern is not null then signals.signal_count else 0 end) as bigint) as pattern_count
    from signals
    inner join wanted
        on
            signals.source = wanted.source
            and signals.signal_on >= wanted.window_from
    left join pattern_hours
        on
            wanted.source = pattern_hours.source
            and wanted.pattern = pattern_hours.pattern
            and wanted.window_days = pattern_hours.window_days
            and signals.signal_on = pattern_hours.calendar_date
            and signals.hour_of_day = pattern_hours.hour_of_day
    group by wanted.source, wanted.pattern, wanted.window_days, signals.customer_id

),

-- 3. the share among all customers
final as (

    select
        source,
        pattern,
        window_days,
        customer_id,
        total_count,
        pattern_count,
        sum(pattern_count) over (partition by source, pattern, window_days)
        / cast(sum(total_count) over (partition by source, pattern, window_days) as double) as base_share
    from counts

)

select * from final
