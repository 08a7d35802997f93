{#- One row per currency and day: the newest exchange rate on or before that day, from a currency's first rate to its last. -#}
with

rates as (

    select
        currency,
        rate_date,
        rate
    from {{ ref('base_external__exchange_rates') }}
    where row_status = 'accepted'

),

span as (

    select
        currency,
        min(rate_date) as first_rate_date,
        max(rate_date) as last_rate_date
    from rates
    group by currency

),

bounds as (

    select
        min(first_rate_date) as first_day,
        max(last_rate_date) as last_day
    from span

),

days as (

    select day_list.calendar_day
    from bounds
    {{ explode_array(date_array('bounds.first_day', 'bounds.last_day'), 'day_list', 'calendar_day') }}

),

-- the day on which the rate that holds was set
rate_in_force as (

    select
        span.currency,
        days.calendar_day,
        max(rates.rate_date) over (
            partition by span.currency
            order by days.calendar_day
        ) as set_on
    from span
    inner join days on days.calendar_day between span.first_rate_date and span.last_rate_date
    left join rates
        on
            span.currency = rates.currency
            and days.calendar_day = rates.rate_date

),

final as (

    select
        rate_in_force.currency,
        rate_in_force.calendar_day as rate_date,
        rates.rate
    from rate_in_force
    inner join rates
        on
            rate_in_force.currency = rates.currency
            and rate_in_force.set_on = rates.rate_date

)

select * from final
