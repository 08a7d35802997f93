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

totals as (

    select
        (select coalesce(sum(net_revenue), 0) from cohorts) as cohort_revenue,
        (select coalesce(sum(net_revenue), 0) from orders) as order_revenue,
        (select count(*) from cohorts where not is_observed and active_customers is not null) as premature_cells,
        (select count(*) from cohorts where month_number = 0 and is_observed and active_customers != customers)
            as broken_cohorts

)

select *
from totals
where cohort_revenue != order_revenue or premature_cells > 0 or broken_cohorts > 0
