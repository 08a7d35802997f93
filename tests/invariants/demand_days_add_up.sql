-- Guards that the days of a week are the week: who orders by day orders as much as who orders by week.
with

days as (

    select * from {{ ref('category_demand_daily') }}
    where forecast is not null

),

by_week as (

    select
        category,
        week_start,
        sum(forecast) as forecast,
        count(*) as day_count
    from days
    group by category, week_start

),

weeks as (

    select * from {{ ref('category_demand_forecast') }}
    where channel = '(all)'

)

select
    by_week.category,
    by_week.week_start,
    by_week.forecast as sum_of_days,
    weeks.forecast as week_forecast,
    by_week.day_count
from by_week
left join weeks
    on
        by_week.category = weeks.category
        and by_week.week_start = weeks.week_start
where
    weeks.forecast is null
    or abs(by_week.forecast - weeks.forecast) > 1e-6 * (1e0 + weeks.forecast)
    or by_week.day_count != 7
