-- Guards that all revenue of the months that are over stands in exactly one cohort by first order,
-- and that months to come are null, not zero.
with

cohorts as (

    select * from {{ ref('customer_cohorts') }}
    where basis = 'order'

),

orders as (

    select orders.*
    from {{ ref('orders') }} as orders
    inner join {{ ref('int_consent_current') }} as consent on orders.customer_id = consent.customer_id
    cross join {{ ref('stg_commerce__as_of') }} as reference_date
    where
        consent.has_analytics_consent
        and orders.ordered_on < {{ date_trunc_to('month', 'reference_date.as_of') }}

),

cohort_totals as (

    select
        coalesce(sum(net_revenue), 0) as cohort_revenue,
        count(case when not is_observed and active_customers is not null then 1 end) as premature_cells,
        count(case when month_number = 0 and is_observed and active_customers != customers then 1 end) as broken_cohorts
    from cohorts

),

order_totals as (

    select coalesce(sum(net_revenue), 0) as order_revenue
    from orders

)

select
    cohort_totals.cohort_revenue,
    order_totals.order_revenue,
    cohort_totals.premature_cells,
    cohort_totals.broken_cohorts
from cohort_totals
cross join order_totals
where
    cohort_totals.cohort_revenue != order_totals.order_revenue
    or cohort_totals.premature_cells > 0
    or cohort_totals.broken_cohorts > 0
