{#-
  One row per objective about revenue or orders whose remaining days the demand forecast covers: the units expected in
  them, with an interval. Weeks beyond the forecast are taken as its mean week.
-#}
with

periods as (

    select * from {{ ref('int_objective_periods') }}
    where expected_from = 'demand_forecast' and scope in ('all', 'channel', 'category')

),

outlook as (

    select * from {{ ref('int_objective_outlook') }}

),

forecast as (

    select * from {{ ref('category_demand_forecast') }}
    where forecast is not null

),

-- 1. only a forecast that beat the simple ones before is used
weeks as (

    select
        outlook.objective,
        outlook.from_date,
        outlook.to_date,
        forecast.forecast,
        forecast.low,
        forecast.high,
        forecast.is_trustworthy,
        {{ add_days('forecast.week_start', 7) }} as week_end,
        greatest(0, {{ days_between(
            'greatest(outlook.from_date, forecast.week_start)',
            'least(outlook.to_date, ' ~ add_days('forecast.week_start', 7) ~ ')'
        ) }}) as days
    from outlook
    inner join periods on outlook.objective = periods.objective
    inner join forecast
        on
            forecast.category = case when periods.scope = 'category' then periods.scope_value else '(all)' end
            and forecast.channel = case when periods.scope = 'channel' then periods.scope_value else '(all)' end

),

summed as (

    select
        objective,
        to_date,
        max(week_end) as forecast_to,
        {%- for column in ['forecast', 'low', 'high'] %}
        {{ stable_sum(column ~ ' * days / 7e0') }} as {{ column }}_covered,
        {{ stable_avg(column ~ ' / 7e0') }} as {{ column }}_a_day{{ ',' if not loop.last }}
        {%- endfor %}
    from weeks
    group by objective, to_date
    having bool_and(is_trustworthy) and min(week_end) <= min({{ add_days('from_date', 7) }})

),

-- 2. days beyond the last week of the forecast
final as (

    select
        -- key
        objective,

        -- units
        {%- for column in ['forecast', 'low', 'high'] %}
        {{ column }}_covered + {{ column }}_a_day * greatest(0, {{ days_between('forecast_to', 'to_date') }}) as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from summed

)

select * from final
