{#-
  One row: the purchase model that is used, and why. Among fits that stand on their own, the smaller
  root mean squared error on the holdout wins; where the errors differ by less than 1 % they say
  nothing, and the model whose total comes closer to what happened is taken. Without a holdout
  MBG/NBD, which does not hold one-time buyers for immortal.
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
    where model != 'naive_rate'
    group by model

),

candidates as (

    select
        model,
        max(case when fit_status = 'not_converged' then 2 when fit_status = 'converged' then 0 else 1 end)
            as worst_status
    from fits
    where model != 'gamma_gamma' and period = 'history'
    group by model

),

compared as (

    select
        candidates.model,
        candidates.worst_status,
        {{ round_significant('errors.rmse', 6) }} as rmse,
        {{ round_significant('other_errors.rmse', 6) }} as other_rmse,
        {{ round_significant('errors.total_error', 6) }} as total_error,
        {{ round_significant('other_errors.total_error', 6) }} as other_total_error
    from candidates
    left join errors on candidates.model = errors.model
    left join errors as other_errors on candidates.model != other_errors.model

),

judged as (

    select
        *,
        coalesce(abs(rmse - other_rmse) >= 0.01e0 * least(rmse, other_rmse), false) as is_clear
    from compared

),

ranked as (

    select
        *,
        row_number() over (
            order by
                worst_status asc,
                case when is_clear then rmse else total_error end asc nulls last,
                model desc
        ) as choice_rank,
        min(worst_status) over () != max(worst_status) over () as is_decided_by_fit
    from judged

),

final as (

    select
        model,
        case
            when rmse is null then 'no holdout to compare: the model that lets one-time buyers leave'
            when is_decided_by_fit then 'the other model could not be fitted on these data alone'
            when is_clear then concat(
                'smaller root mean squared error on the holdout: ',
                {{ as_text('cast(rmse as decimal(18, 4))') }}, ' against ',
                {{ as_text('cast(other_rmse as decimal(18, 4))') }}
            )
            else concat(
                'errors on the holdout within 1 %, total closer to what happened: off by ',
                {{ as_text('cast(total_error * 100e0 as decimal(18, 1))') }}, ' % against ',
                {{ as_text('cast(other_total_error * 100e0 as decimal(18, 1))') }}, ' %'
            )
        end as model_reason
    from ranked
    where choice_rank = 1

)

select * from final
