{#-
  One row: the model of orders that is used, the model that says who has left, and why. Among fits that
  stand on their own the smaller root mean squared error on the holdout wins; errors within 1 % of the
  smallest say nothing, and of these the model is taken whose total comes closest to what happened, in
  whole percents. The naive rate is used only where no model comes that near. Without a holdout MBG/NBD, which does not hold
  one-time buyers for immortal.
-#}
with

predictions as (

    select * from {{ ref('int_holdout_predictions') }}

),

fits as (

    select * from {{ ref('int_clv_fits') }}

),

errors as (

    select
        model,
        sqrt({{ stable_avg('(predicted_orders - holdout_orders) * (predicted_orders - holdout_orders)') }}) as rmse,
        abs({{ safe_divide(stable_sum('predicted_orders'), 'sum(holdout_orders)') }} - 1e0) as total_error
    from predictions
    group by model
    -- a handful of people is no reason to leave the models
    having model != 'naive_rate' or count(*) >= 50

),

fitted as (

    select
        model,
        max(case when fit_status = 'not_converged' then 2 when fit_status = 'converged' then 0 else 1 end)
            as worst_status
    from fits
    where model != 'gamma_gamma' and period = 'history'
    group by model

),

candidates as (

    select
        model,
        worst_status
    from fitted
    union all
    -- needs no fit, and never wins by that
    select
        'naive_rate' as model,
        max(worst_status) as worst_status
    from fitted
    having count(*) > 0

),

compared as (

    select
        candidates.model,
        candidates.worst_status,
        candidates.model in ('bg_nbd', 'mbg_nbd') as says_who_left,
        {{ round_significant('errors.rmse', 6) }} as rmse,
        {{ round_significant('errors.total_error', 6) }} as total_error
    from candidates
    left join errors on candidates.model = errors.model

),

judged as (

    select
        *,
        min(worst_status) over () != max(worst_status) over () as is_decided_by_fit,
        coalesce(rmse <= 1.01e0 * min(rmse) over (partition by worst_status), true) as is_near_best,
        coalesce(rmse <= 1.01e0 * min(rmse) over (partition by worst_status, says_who_left), true)
            as is_near_best_of_kind,
        count(*) over (partition by worst_status) as rivals
    from compared

),

ranked as (

    select
        *,
        count(case when is_near_best then 1 end) over (partition by worst_status) as near_best,
        row_number() over (
            order by
                worst_status asc,
                case when is_near_best then 0 else 1 end asc,
                case when model = 'naive_rate' then 1 else 0 end asc,
                round(total_error, 2) asc nulls last,
                rmse asc nulls last,
                model desc
        ) as choice_rank,
        row_number() over (
            partition by says_who_left
            order by
                worst_status asc,
                case when is_near_best_of_kind then 0 else 1 end asc,
                round(total_error, 2) asc nulls last,
                rmse asc nulls last,
                model desc
        ) as kind_rank
    from judged

),

leaving as (

    select model from ranked
    where says_who_left and kind_rank = 1

),

worded as (

    select
        ranked.*,
        leaving.model as leaving_model,
        {{ as_text('cast(ranked.rmse as decimal(18, 4))') }} as rmse_text,
        {{ as_text('cast(ranked.total_error * 100e0 as decimal(18, 1))') }} as total_text
    from ranked
    left join leaving on true
    where ranked.choice_rank = 1

),

final as (

    select
        model,
        leaving_model,
        case
            when rmse is null then 'no holdout to compare: the model that lets one-time buyers leave'
            when model = 'naive_rate' then concat('the naive rate is used: no model comes near its error on the holdout, ', rmse_text)
            when rivals <= 1 and is_decided_by_fit then 'the other models could not be fitted on these data alone'
            when near_best = 1 then concat('smallest root mean squared error on the holdout: ', rmse_text)
            else concat(
                'errors on the holdout within 1 % of the smallest, total closest to what happened: off by ', total_text, ' %'
            )
        end as model_reason,
        case
            when rmse is null then '没有留出期可供比较：采用允许只买一次的顾客流失的模型'
            when model = 'naive_rate' then concat('采用朴素速率：没有模型在留出期的误差能接近它，', rmse_text)
            when rivals <= 1 and is_decided_by_fit then '其他模型无法仅凭这些数据拟合'
            when near_best = 1 then concat('留出期均方根误差最小：', rmse_text)
            else concat('留出期误差与最小者相差不到1%，总量与实际最接近：偏差', total_text, '%')
        end as model_reason_zh
    from worded

)

select * from final
