{#-
  One row per category, cutoff and event: what the event multiplies one of its days by, within its week. Units of the event's days over
  what the other days of the same weeks let expect of them; drawn to the same of all events of the type, and that to 1.
-#}
with

cutoffs as (

    select * from {{ ref('int_demand_cutoffs') }}

),

weekdays as (

    select * from {{ ref('int_demand_weekdays') }}

),

category_days as (

    select * from {{ ref('int_demand_category_days') }}

),

calendar_days as (

    select * from {{ ref('int_demand_calendar_days') }}

),

rules as (

    select * from {{ ref('int_demand_rules') }}

),

-- 1. weeks with an event and two days or more without
event_weeks as (

    select week_no
    from calendar_days
    group by week_no
    having count(event_type) between 1 and 5

),

known_days as (

    select
        cutoffs.category,
        cutoffs.cutoff_no,
        calendar_days.week_no,
        calendar_days.event_type,
        calendar_days.event_name,
        weekdays.weekday_share,
        coalesce(category_days.units, 0e0) as units
    from cutoffs
    inner join calendar_days on calendar_days.week_no between cutoffs.first_week_no and cutoffs.cutoff_week_no
    inner join event_weeks on calendar_days.week_no = event_weeks.week_no
    inner join weekdays
        on
            cutoffs.category = weekdays.category
            and cutoffs.cutoff_no = weekdays.cutoff_no
            and calendar_days.weekday = weekdays.weekday
    left join category_days
        on
            cutoffs.category = category_days.category
            and calendar_days.day_date = category_days.sold_on

),

-- 2. a whole usual week, by the days without an event
week_sizes as (

    select
        category,
        cutoff_no,
        week_no,
        {{ safe_divide(
            stable_sum('case when event_type is null then units end'),
            stable_sum('case when event_type is null then weekday_share end')
        ) }} as usual_units
    from known_days
    group by category, cutoff_no, week_no

),

by_event as (

    select
        known_days.category,
        known_days.cutoff_no,
        known_days.event_type,
        known_days.event_name,
        count(*) as day_count,
        {{ stable_sum('known_days.units') }} as units,
        {{ stable_sum('week_sizes.usual_units * known_days.weekday_share') }} as usual_units
    from known_days
    inner join week_sizes
        on
            known_days.category = week_sizes.category
            and known_days.cutoff_no = week_sizes.cutoff_no
            and known_days.week_no = week_sizes.week_no
    where known_days.event_type is not null and week_sizes.usual_units is not null
    group by known_days.category, known_days.cutoff_no, known_days.event_type, known_days.event_name

),

-- 3. all events of a type drawn to no effect, one event to its type
by_type as (

    select
        category,
        cutoff_no,
        event_type,
        sum(day_count) as day_count,
        {{ stable_sum('units') }} as units,
        {{ stable_sum('usual_units') }} as usual_units
    from by_event
    group by category, cutoff_no, event_type

),

type_factors as (

    select
        by_type.category,
        by_type.cutoff_no,
        by_type.event_type,
        coalesce({{ safe_divide(
            'by_type.units + rules.daily_event_prior_days * by_type.usual_units / by_type.day_count',
            'by_type.usual_units + rules.daily_event_prior_days * by_type.usual_units / by_type.day_count'
        ) }}, 1e0) as factor
    from by_type
    cross join rules

),

final as (

    select
        -- key
        by_event.category,
        by_event.cutoff_no,
        by_event.event_type,
        by_event.event_name,

        -- measures
        type_factors.factor as type_factor,
        coalesce({{ safe_divide(
            'by_event.units + type_factors.factor * rules.daily_event_prior_days * by_event.usual_units / by_event.day_count',
            'by_event.usual_units + rules.daily_event_prior_days * by_event.usual_units / by_event.day_count'
        ) }}, type_factors.factor) as event_factor
    from by_event
    cross join rules
    inner join type_factors
        on
            by_event.category = type_factors.category
            and by_event.cutoff_no = type_factors.cutoff_no
            and by_event.event_type = type_factors.event_type

)

select * from final
