-- Guards that the interval of a customer's value contains the value, and that nothing is expected
-- in a month that is not expected in a year.
select
    customer_id,
    clv_365d_low,
    clv_365d,
    clv_365d_high
from {{ ref('customer_clv') }}
where
    clv_365d < clv_365d_low
    or clv_365d > clv_365d_high
    or expected_orders_30d > expected_orders_90d
    or expected_orders_90d > expected_orders_365d
    or expected_orders_30d < 0
    or probability_alive not between 0 and 1
