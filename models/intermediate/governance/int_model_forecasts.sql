{#-
  One row per fitted model and sum that this build foretells: orders of all buyers within a horizon, units of
  a week by category. What comes is counted when the time is over (int_model_matured).
-#}
with

customer_values as (

    select * from {{ ref('customer_clv') }}

),

forecasts as (

    select * from {{ ref('category_demand_forecast') }}
    where channel = '(all)' and forecast is not null

),

demand as (

    select * from {{ ref('category_demand_history') }}

),

newest_week as (

    select max(week_start) as week_start from demand

),

-- 1. what the mean of the last four weeks would have said
recent as (

    select
        demand.category,
        sum(demand.units) / 4e0 as units
    from demand
    cross join newest_week
    where {{ days_between('demand.week_start', 'newest_week.week_start') }} < 28
    group by demand.category

),

recent_and_all as (

    select
        category,
        units
    from recent
    union all
    select
        '(all)' as category,
        {{ stable_sum('units') }} as units
    from recent

),

sums as (

    {%- for days in [30, 90] %}
    select
        'clv_orders' as model,
        max(model) as algorithm,
        'orders:{{ days }}' as name,
        {{ stable_sum('expected_orders_' ~ days ~ 'd') }} as value,
        cast(null as double) as low,
        cast(null as double) as high,
        count(*) as row_count
    from customer_values
    having count(*) > 0
    union all
    {%- endfor %}
    select
        concat('demand_forecast:', category) as model,
        method as algorithm,
        concat('week:', {{ as_text('week_start') }}) as name,
        forecast as value,
        low,
        high,
        cast(1 as bigint) as row_count
    from forecasts
    union all
    select
        concat('demand_forecast:', category) as model,
        'recent_mean' as algorithm,
        'recent_mean' as name,
        units as value,
        cast(null as double) as low,
        cast(null as double) as high,
        cast(4 as bigint) as row_count
    from recent_and_all

),

final as (

    select
        model,
        algorithm,
        name,
        {{ round_significant('value') }} as value,
        {{ round_significant('low') }} as low,
        {{ round_significant('high') }} as high,
        row_count
    from sums
    where value is not null

)

select * from final
