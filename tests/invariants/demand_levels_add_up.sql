-- Guards that forecasts of demand agree at every level: what is ordered for categories, channels and shops is one quantity.
with

forecasts as (

    select * from {{ ref('category_demand_forecast') }}
    where forecast is not null

),

by_level as (

    select
        week_start,
        level,
        sum(forecast) as forecast
    from forecasts
    group by week_start, level

)

select
    week_start,
    min(forecast) as least,
    max(forecast) as most
from by_level
group by week_start
having max(forecast) - min(forecast) > 1e-6 * (1e0 + max(forecast)) or count(*) != 4
