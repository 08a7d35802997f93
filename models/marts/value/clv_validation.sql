{#- One row per model and slice of the customers: what each model predicted for the holdout from what was known before it, and what came. -#}
with

predictions as (

    select * from {{ ref('int_holdout_predictions') }}

),

choice as (

    select * from {{ ref('int_clv_choice') }}

),

levels as (

    select * from {{ ref('int_interval_levels') }}

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
        case when {{ hash_60bit('customer_id') }} % 2 = 0 then 'b' else 'a' end as other_half
    from ranked

),

-- 2. intervals calibrated on one half of the people are judged by the other
judged as (

    select
        placed.*,
        placed.order_score >= levels.order_level as is_order_inside,
        placed.money_score >= levels.money_level as is_money_inside
    from placed
    left join levels
        on
            placed.model = levels.model
            and placed.repeat_class = levels.repeat_class
            and placed.other_half = levels.learned_from

),

sliced as (

    select
        judged.*,
        'all' as slice_type,
        'all' as slice
    from judged
    union all
    select
        judged.*,
        'repeat_orders' as slice_type,
        repeat_class as slice
    from judged
    union all
    select
        judged.*,
        'top_decile' as slice_type,
        'tenth with the highest prediction' as slice
    from judged
    where is_top_decile

),

-- 3. errors
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
        avg(case when is_order_inside then 1e0 when not is_order_inside then 0e0 end) as interval_coverage,
        avg(case when is_money_inside then 1e0 when not is_money_inside then 0e0 end) as value_coverage,
        avg(case when order_score >= 0.05e0 then 1e0 else 0e0 end) as plain_coverage
    from sliced
    group by model, slice_type, slice

),

compared as (

    select
        summed.*,
        {{ round_significant('summed.rmse', 6) }} < {{ round_significant('naive.rmse', 6) }} as has_smaller_error,
        summed.top_decile_orders > naive.top_decile_orders as ranks_better
    from summed
    left join summed as naive
        on
            summed.slice_type = naive.slice_type
            and summed.slice = naive.slice
            and naive.model = 'naive_rate'

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
            when summed.model = choice.leaving_model then concat('says who has left; orders come from ', choice.model)
            when summed.model = 'naive_rate' then 'baseline: everybody goes on at their rate so far'
            else concat('not used, but ', choice.model)
        end as model_reason,
        case
            when summed.model = choice.model then concat('采用：', choice.model_reason_zh)
            when summed.model = choice.leaving_model then concat('用于判断谁已流失；订单数采用', choice.model)
            when summed.model = 'naive_rate' then '基准：每个人照以往速率继续'
            else concat('未采用，采用的是', choice.model)
        end as model_reason_zh,
        case
            when summed.model = 'naive_rate' then 'is the naive rate'
            when summed.slice_type != 'all' then case when summed.has_smaller_error then 'smaller error' else 'no gain' end
            when summed.has_smaller_error and summed.ranks_better then 'smaller error, better ranking'
            when summed.has_smaller_error then 'smaller error, no better ranking'
            when summed.ranks_better then 'better ranking only'
            else 'no gain'
        end as against_naive,
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
        summed.value_coverage as value_interval_coverage,
        summed.plain_coverage as uncalibrated_coverage,
        levels.order_level as interval_level,
        levels.money_level as value_interval_level,
        cast(summed.predicted_value as decimal(18, 2)) as predicted_value,
        cast(summed.actual_value as decimal(18, 2)) as actual_value
    from compared as summed
    cross join customers
    left join levels
        on
            summed.model = levels.model
            and levels.learned_from = 'both'
            and case summed.slice_type when 'all' then '(all)' else summed.slice end = levels.repeat_class
    left join choice on true

)

select * from final
