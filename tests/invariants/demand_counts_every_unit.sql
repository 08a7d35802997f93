-- Guards that the history of demand holds every unit sold in a complete week since a category's first one.
{{ config(group='prediction') }}
with

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

series as (

    select * from {{ ref('int_demand_series') }}

),

sold as (

    select
        weeks.category,
        sum(weeks.units) as units
    from weeks
    inner join series
        on
            weeks.category = series.category
            and weeks.week_no between series.first_week_no and series.last_week_no
    group by weeks.category

),

told as (

    select
        category,
        sum(units) as units
    from {{ ref('category_demand_history') }}
    group by category

)

select
    coalesce(sold.category, told.category) as category,
    sold.units as units_sold,
    told.units as units_told
from sold
full outer join told on sold.category = told.category
where abs(coalesce(sold.units, 0e0) - coalesce(told.units, 0e0)) > 1e-6 * (1e0 + coalesce(sold.units, 0e0))
