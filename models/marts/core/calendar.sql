{#-
  One row per day and region, from the year of the first order to the end of the year after
  as_of. Region `(all)` holds what happens everywhere; a named region has that and its own.
-#}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

orders as (

    select * from {{ ref('int_orders_identified') }}

),

events as (

    select * from {{ ref('stg_external__calendar_events') }}

),

stores as (

    select * from {{ ref('stg_commerce__stores') }}

),

seasons as (

    select * from {{ ref('seasons') }}

),

bounds as (

    select
        {{ date_trunc_to('year', 'coalesce(min(orders.ordered_on), max(reference_date.as_of))') }} as first_day,
        {{ add_days(add_months_to(date_trunc_to('year', 'max(reference_date.as_of)'), 24), -1) }} as last_day
    from reference_date
    left join orders on true

),

days as (

    select day_list.calendar_date
    from bounds
    {{ explode_array(date_array('bounds.first_day', 'bounds.last_day'), 'day_list', 'calendar_date') }}

),

regions as (

    select '(all)' as region
    union
    select region
    from stores
    where region is not null
    union
    select region
    from events
    where region is not null

),

events_by_region as (

    select
        events.event_date,
        regions.region,
        {{ ordered_string_agg('events.event_name', ', ', 'events.event_name') }} as event_names,
        max(case when events.event_type = 'holiday' then 1 else 0 end) as holiday_count,
        max(case when events.event_type = 'promotion' then 1 else 0 end) as promotion_count,
        max(case when events.event_type = 'competitor' then 1 else 0 end) as competitor_count,
        max(case when events.event_type = 'season' then events.event_name end) as named_season
    from events
    inner join regions on coalesce(events.region, regions.region) = regions.region
    group by events.event_date, regions.region

),

final as (

    select
        -- key
        days.calendar_date as date,
        regions.region,

        -- attributes
        events_by_region.event_names,
        coalesce(events_by_region.named_season, seasons.season) as season,
        coalesce(events_by_region.holiday_count, 0) > 0 as is_holiday,
        {{ iso_day_of_week('days.calendar_date') }} >= 6 as is_weekend,
        coalesce(events_by_region.promotion_count, 0) > 0 as has_promotion,
        coalesce(events_by_region.competitor_count, 0) > 0 as has_competitor_event
    from days
    cross join regions
    left join events_by_region
        on
            days.calendar_date = events_by_region.event_date
            and regions.region = events_by_region.region
    left join seasons on month(days.calendar_date) = seasons.month_number

)

select * from final
