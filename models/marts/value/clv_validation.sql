{#- One row per model and slice of the customers: what each model predicted for the holdout from what was known before it, and what came. -#}
with

predictions as (

    select * from {{ ref('int_holdout_predictions') }}

),

choice as (

    select * from {{ ref('int_clv_choice') }}

),

customers as (

    select
        max(observed_until) as calibration_until,
        max(holdout_days) as holdout_days
    from {{ ref('int_clv_customers') }}
    where period = 'calibration'

),

-- 1. ranks by prediction, to see whether the best are found
ranked as (

    select
        *,
        {{ round_significant('predicted_orders', 6) }} as rounded_orders
    from predictions

),

placed as (

    select
        *,
        row_number() over (
            partition by model order by rounded_orders desc, customer_id asc
        ) <= ceil(count(*) over (partition by model) / 10e0) as is_top_decile,
        case
            when repeat_orders <= 3 then concat(cast(cast(repeat_orders as int) as string), ' repeat orders')
            when repeat_orders <= 6 then '4 to 6 repeat orders'
            else '7 or more repeat orders'
        end as frequency_slice
    from ranked

),

sliced as (

    select
        placed.*,
        'all' as slice_type,
        'all' as slice
    from placed
    union all
    select
        placed.*,
        'repeat_orders' as slice_type,
        frequency_slice as slice
    from placed
    union all
    select
        placed.*,
        'top_decile' as slice_type,
        'tenth with the highest prediction' as slice
    from placed
    where is_top_decile

),

-- 2. errors
summed as (

    select
        model,
        slice_type,
        slice,
        count(*) as customers,
        {{ stable_sum('predicted_orders') }} as predicted_orders,
        sum(holdout_orders) as actual_orders,
        {{ stable_avg('abs(predicted_orders - holdout_orders)') }} as mae,
        sqrt({{ stable_avg('(predicted_orders - holdout_orders) * (predicted_orders - holdout_orders)') }}) as rmse,
        {{ stable_sum('predicted_orders * expected_order_value') }} as predicted_value,
        {{ stable_sum('holdout_revenue') }} as actual_value,
        sum(case when is_top_decile then holdout_orders else 0e0 end) as top_decile_orders,
        avg(case when holdout_orders between orders_low and orders_high then 1e0 when orders_low is not null then 0e0 end)
            as interval_coverage
    from sliced
    group by model, slice_type, slice

),

final as (

    select
        -- key
        summed.model,
        summed.slice_type,
        summed.slice,

        -- attributes
        coalesce(summed.model = choice.model, false) as is_used,
        case
            when summed.model = choice.model then concat('used: ', choice.model_reason)
            when summed.model = 'naive_rate' then 'baseline: everybody goes on at their rate so far'
            else concat('not used, but ', choice.model)
        end as model_reason,
        customers.calibration_until,
        cast(customers.holdout_days as int) as holdout_days,

        -- measures
        summed.customers,
        summed.predicted_orders,
        summed.actual_orders,
        {{ safe_divide('summed.predicted_orders', 'summed.actual_orders') }} as predicted_share_of_actual,
        summed.mae,
        summed.rmse,
        case when summed.slice_type = 'all' then {{ safe_divide('summed.top_decile_orders', 'summed.actual_orders') }} end
            as top_decile_capture,
        summed.interval_coverage,
        cast(summed.predicted_value as decimal(18, 2)) as predicted_value,
        cast(summed.actual_value as decimal(18, 2)) as actual_value
    from summed
    cross join customers
    left join choice on true

)

select * from final
