{#-
  Guards that the scorecard says what the marts say: the actual figure of every objective of a metric that a mart shows
  by month, order or customer is counted again from that mart. Scopes `all` and, of orders, `channel`.
-#}
{{ config(group='governance') }}
with

scorecard as (

    select
        *,
        {{ add_days('period_to', 1) }} as period_end
    from {{ ref('objective_scorecard') }}

),

by_order as (

    select
        scorecard.objective,
        case scorecard.metric
            when 'net_revenue' then cast(sum(coalesce(orders.net_revenue, 0)) as double)
            when 'orders' then cast(count(orders.order_id) as double)
            when 'active_customers' then cast(count(distinct orders.customer_id) as double)
            else cast(count(case when orders.customer_order_number = 1 then 1 end) as double)
        end as counted
    from scorecard
    left join {{ ref('orders') }} as orders
        on
            scorecard.period_from <= orders.ordered_on
            and scorecard.period_end > orders.ordered_on
            and (scorecard.scope = 'all' or scorecard.scope_value = orders.channel)
    where
        scorecard.metric in ('net_revenue', 'orders', 'active_customers', 'new_customers')
        and scorecard.scope in ('all', 'channel')
        and scorecard.actual is not null
    group by scorecard.objective, scorecard.metric

),

by_month as (

    select
        scorecard.objective,
        case scorecard.metric
            when 'repurchase_rate' then {{ safe_divide('sum(loyalty.matured_repurchasers)', 'sum(loyalty.matured_customers)') }}
            when 'complaint_rate' then {{ safe_divide('sum(loyalty.complained_orders)', 'sum(loyalty.orders)') }}
            else {{ safe_divide('sum(loyalty.returned_orders)', 'sum(loyalty.orders)') }}
        end as counted
    from scorecard
    inner join {{ ref('loyalty_metrics') }} as loyalty
        on
            scorecard.scope = loyalty.dimension
            and scorecard.scope_value = loyalty.dimension_value
            and loyalty.period_start between scorecard.period_from and scorecard.period_to
    where scorecard.metric in ('repurchase_rate', 'complaint_rate', 'return_rate')
    group by scorecard.objective, scorecard.metric

),

by_answers as (

    select
        scorecard.objective,
        {{ safe_divide('sum(scores.score * scores.responses)', 'sum(scores.responses)') }} as counted
    from scorecard
    inner join {{ ref('satisfaction_scores') }} as scores
        on
            scorecard.metric = scores.metric
            and scores.period_type = 'month'
            and scorecard.scope = scores.dimension
            and scorecard.scope_value = scores.dimension_value
            and scores.period_start between scorecard.period_from and scorecard.period_to
    group by scorecard.objective

),

by_attempt as (

    select
        scorecard.objective,
        {{ safe_divide(
            'count(case when entries.converted then 1 end)',
            'count(case when entries.converted or not entries.still_open then 1 end)'
        ) }} as counted
    from scorecard
    inner join {{ ref('funnel_entries') }} as entries
        on
            scorecard.detail = entries.funnel
            and {{ local_date('entries.entered_at') }} between scorecard.period_from and scorecard.period_to
    where scorecard.metric = 'funnel_conversion' and scorecard.scope = 'all'
    group by scorecard.objective

),

by_customer as (

    select
        scorecard.objective,
        case scorecard.metric
            when 'clv' then {{ safe_divide('sum(clv.clv_365d)', 'count(*)') }}
            else {{ safe_divide('sum(case when clv.acquisition_cost > 0 then clv.clv_365d end)', 'sum(clv.acquisition_cost)') }}
        end as counted
    from scorecard
    inner join {{ ref('customer_clv') }} as clv on scorecard.scope = 'all'
    where scorecard.metric in ('clv', 'clv_to_acquisition_cost')
    group by scorecard.objective, scorecard.metric

),

counted_again as (

    select * from by_order
    union all
    select * from by_month
    union all
    select * from by_answers
    union all
    select * from by_attempt
    union all
    select * from by_customer

)

select
    scorecard.objective,
    scorecard.actual,
    counted_again.counted
from counted_again
inner join scorecard on counted_again.objective = scorecard.objective
where
    (scorecard.actual is null) != (counted_again.counted is null)
    -- both are sums of doubles in different orders
    or abs(scorecard.actual - counted_again.counted) > 1e-9 * greatest(1e0, abs(counted_again.counted))
