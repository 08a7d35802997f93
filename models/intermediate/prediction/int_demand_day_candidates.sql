{#-
  One row per category, cutoff, way of dividing a week and day of the forecast weeks: the week's forecast divided among its days, to four
  decimals and without a remainder, and what came (null for cutoff 0). Ways: equal days, weekdays, weekdays with events.
-#}
with

nodes as (

    select * from {{ ref('int_demand_nodes') }}
    where category != '(all)' and channel = '(all)'

),

weekdays as (

    select * from {{ ref('int_demand_weekdays') }}

),

event_days as (

    select * from {{ ref('int_demand_event_days') }}

),

category_days as (

    select * from {{ ref('int_demand_category_days') }}

),

calendar_days as (

    select * from {{ ref('int_demand_calendar_days') }}

),

type_factors as (

    select
        category,
        cutoff_no,
        event_type,
        max(type_factor) as type_factor
    from event_days
    group by category, cutoff_no, event_type

),

-- 1. an event never seen by then counts as its type
weighed as (

    select
        nodes.category,
        nodes.cutoff_no,
        nodes.weeks_ahead,
        nodes.forecast as week_forecast,
        calendar_days.week_no,
        calendar_days.weekday,
        calendar_days.day_date,
        weekdays.weekday_share,
        case
            -- what a competitor does is not known before
            when calendar_days.event_type is null or calendar_days.event_type = 'competitor' then 1e0
            else coalesce(event_days.event_factor, type_factors.type_factor, 1e0)
        end as event_factor,
        case when nodes.cutoff_no > 0 then coalesce(category_days.units, 0e0) end as actual
    from nodes
    inner join calendar_days on nodes.week_no = calendar_days.week_no
    inner join weekdays
        on
            nodes.category = weekdays.category
            and nodes.cutoff_no = weekdays.cutoff_no
            and calendar_days.weekday = weekdays.weekday
    left join event_days
        on
            nodes.category = event_days.category
            and nodes.cutoff_no = event_days.cutoff_no
            and calendar_days.event_type = event_days.event_type
            and calendar_days.event_name = event_days.event_name
    left join type_factors
        on
            nodes.category = type_factors.category
            and nodes.cutoff_no = type_factors.cutoff_no
            and calendar_days.event_type = type_factors.event_type
    left join category_days
        on
            nodes.category = category_days.category
            and calendar_days.day_date = category_days.sold_on

),

ways as (

    select
        *,
        'equal_days' as method,
        1e0 as weight
    from weighed
    union all
    select
        *,
        'weekdays' as method,
        weekday_share as weight
    from weighed
    union all
    select
        *,
        'weekdays_and_events' as method,
        weekday_share * event_factor as weight
    from weighed

),

-- 2. shares up to and with a day; those of a whole week are 1
shared as (

    select
        *,
        coalesce({{ safe_divide(
            'weight',
            'sum(cast(weight as decimal(38, 18))) over (partition by category, cutoff_no, method, week_no)'
        ) }}, 1e0 / 7e0) as day_share
    from ways

),

added as (

    select
        *,
        least(1e0, cast(sum(cast(day_share as decimal(38, 18))) over (
            partition by category, cutoff_no, method, week_no
            order by weekday asc
            rows between unbounded preceding and current row
        ) as double)) as share_up_to
    from shared

),

divided as (

    select
        *,
        {{ to_decimal('week_forecast * case when weekday = 7 then 1e0 else share_up_to end', 4) }} as forecast_up_to
    from added

),

final as (

    select
        -- key
        category,
        cutoff_no,
        method,
        day_date,

        -- attributes
        week_no,
        weeks_ahead,
        weekday,

        -- measures
        cast(forecast_up_to - coalesce(lag(forecast_up_to) over (
            partition by category, cutoff_no, method, week_no
            order by weekday asc
        ), 0) as double) as forecast,
        actual,
        day_share,
        weekday_share,
        event_factor
    from divided

)

select * from final
