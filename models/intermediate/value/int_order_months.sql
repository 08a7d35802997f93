{#-
  One row per period (history, calibration), month of the first order and later month: how many customers
  there were, on how many days of the month they were observed and how often they ordered. Of the
  calibration also the whole months held out (is_held_out), which judge what was learned from the others.
-#}
with

customers as (

    select
        period,
        observed_until,
        {{ add_days('observed_until', 'holdout_days') }} as known_until,
        customer_id,
        first_ordered_on,
        {{ date_trunc_to('month', 'first_ordered_on') }} as cohort_month
    from {{ ref('int_clv_customers') }}

),

order_days as (

    select * from {{ ref('int_order_days') }}

),

cohorts as (

    select
        period,
        observed_until,
        known_until,
        cohort_month,
        count(*) as customers
    from customers
    group by period, observed_until, known_until, cohort_month

),

-- the month of the first order is left out: it began somewhere in it
months as (

    select
        cohorts.*,
        cast({{ add_months_to('cohorts.cohort_month', 'month_list.age_months') }} as date) as month_start,
        month_list.age_months
    from cohorts
    inner join {{ number_series(1, 120, 'age_months') }} as month_list
        on cast({{ add_months_to('cohorts.cohort_month', 'month_list.age_months') }} as date) <= cohorts.known_until

),

judged as (

    select
        *,
        {{ add_days('cast(' ~ add_months_to('month_start', '1') ~ ' as date)', '-1') }} as month_end,
        month_start > observed_until as is_held_out
    from months

),

counted as (

    select
        customers.period,
        customers.cohort_month,
        {{ date_trunc_to('month', 'order_days.ordered_on') }} as month_start,
        count(case when order_days.ordered_on <= customers.observed_until then 1 end) as known_orders,
        count(*) as orders
    from customers
    inner join order_days
        on
            customers.customer_id = order_days.customer_id
            and customers.known_until >= order_days.ordered_on
    group by customers.period, customers.cohort_month, {{ date_trunc_to('month', 'order_days.ordered_on') }}

),

final as (

    select
        -- key
        judged.period,
        judged.cohort_month,
        judged.month_start,

        -- attributes
        judged.is_held_out,
        cast(least(judged.age_months, 24) as int) as age_months,
        cast(month(judged.month_start) as int) as month_number,

        -- measures
        judged.customers,
        {{ days_between('judged.month_start', 'least(judged.month_end, judged.observed_until)') }} + 1 as observed_days,
        {{ days_between('judged.month_start', 'judged.month_end') }} + 1 as month_days,
        cast(coalesce(case when judged.is_held_out then counted.orders else counted.known_orders end, 0) as double) as orders
    from judged
    left join counted
        on
            judged.period = counted.period
            and judged.cohort_month = counted.cohort_month
            and judged.month_start = counted.month_start
    where not judged.is_held_out or judged.month_end <= judged.known_until

)

select * from final
