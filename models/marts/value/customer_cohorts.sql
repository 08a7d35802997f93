{#-
  One row per basis, cohort month and month number: how many of those who first ordered, or
  registered, in a month ordered again that many months later. A month that is not over at as_of has
  not been observed: its cells are null, never zero.
-#}
with

orders as (

    select * from {{ ref('orders') }}

),

profiles as (

    select * from {{ ref('stg_members__accounts') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

consent as (

    select * from {{ ref('int_consent_current') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

eligible_orders as (

    select
        orders.customer_id,
        {{ date_trunc_to('month', 'orders.ordered_on') }} as order_month,
        orders.net_revenue
    from orders
    inner join consent on orders.customer_id = consent.customer_id
    where consent.has_analytics_consent

),

-- 1. everybody's month zero
members as (

    select
        'order' as basis,
        customer_id,
        min(order_month) as cohort_month
    from eligible_orders
    group by customer_id

    union all

    select
        'registration' as basis,
        accounts.customer_id,
        {{ date_trunc_to('month', 'min(' ~ local_date('profiles.registered_at') ~ ')') }} as cohort_month
    from profiles
    inner join accounts
        on
            profiles.source_system = accounts.source_system
            and profiles.account_id = accounts.account_id
    inner join consent on accounts.customer_id = consent.customer_id
    where profiles.registered_at is not null and consent.has_analytics_consent
    group by accounts.customer_id

),

cohorts as (

    select
        basis,
        cohort_month,
        count(*) as customers
    from members
    group by basis, cohort_month

),

-- 2. who ordered when, counted in months from their cohort's
activity as (

    select
        members.basis,
        members.cohort_month,
        {{ months_between_dates('members.cohort_month', 'eligible_orders.order_month') }} as month_number,
        count(distinct members.customer_id) as active_customers,
        sum(eligible_orders.net_revenue) as net_revenue
    from members
    inner join eligible_orders on members.customer_id = eligible_orders.customer_id
    -- who had ordered before registering starts with their registration
    where eligible_orders.order_month >= members.cohort_month
    group by
        members.basis,
        members.cohort_month,
        {{ months_between_dates('members.cohort_month', 'eligible_orders.order_month') }}

),

-- 3. the whole rectangle, up to the age of the oldest cohort
bounds as (

    select
        cohorts.basis,
        min(cohorts.cohort_month) as first_month,
        {{ date_trunc_to('month', 'max(reference_date.as_of)') }} as first_open_month
    from cohorts
    cross join reference_date
    group by cohorts.basis

),

cells as (

    select
        cohorts.basis,
        cohorts.cohort_month,
        cohorts.customers,
        month_list.month_number,
        {{ add_months_to('cohorts.cohort_month', 'month_list.month_number') }} < bounds.first_open_month as is_observed
    from cohorts
    inner join bounds on cohorts.basis = bounds.basis
    {{ explode_array(
        number_array(0, months_between_dates('bounds.first_month', 'bounds.first_open_month')),
        'month_list', 'month_number'
    ) }}

),

filled as (

    select
        cells.basis,
        cells.cohort_month,
        cells.month_number,
        cells.customers,
        cells.is_observed,
        case when cells.is_observed then coalesce(activity.active_customers, 0) end as active_customers,
        case when cells.is_observed then coalesce(activity.net_revenue, 0) end as net_revenue
    from cells
    left join activity
        on
            cells.basis = activity.basis
            and cells.cohort_month = activity.cohort_month
            and cells.month_number = activity.month_number

),

accumulated as (

    select
        *,
        sum(net_revenue) over (
            partition by basis, cohort_month order by month_number
            rows between unbounded preceding and current row
        ) as cumulative_revenue
    from filled

),

final as (

    select
        -- key
        accumulated.basis,
        accumulated.cohort_month,
        accumulated.month_number,

        -- attributes
        {{ is_period_over('accumulated.cohort_month', 'reference_date.as_of', 'month') }} as is_complete,
        accumulated.is_observed,

        -- measures
        accumulated.customers,
        accumulated.active_customers,
        {{ safe_divide('accumulated.active_customers', 'accumulated.customers') }} as retention_rate,
        case when accumulated.active_customers is not null then {{ wilson_low('accumulated.active_customers', 'accumulated.customers') }} end as retention_rate_low,
        case when accumulated.active_customers is not null then {{ wilson_high('accumulated.active_customers', 'accumulated.customers') }} end as retention_rate_high,
        cast(accumulated.net_revenue as decimal(18, 2)) as net_revenue,
        case
            when accumulated.is_observed then {{ money_per('accumulated.cumulative_revenue', 'accumulated.customers') }}
        end as cumulative_revenue_per_customer
    from accumulated
    cross join reference_date

)

select * from final
