{#-
  One row: the purchase model that is used, and why. The smaller root mean squared error on the
  holdout wins, among the fits that stand on their own; without a holdout MBG/NBD, which does not
  hold one-time buyers for immortal.
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
        sqrt(avg((predicted_orders - holdout_orders) * (predicted_orders - holdout_orders))) as rmse
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
        {{ round_significant('other_errors.rmse', 6) }} as other_rmse
    from candidates
    left join errors on candidates.model = errors.model
    left join errors as other_errors on candidates.model != other_errors.model

),

ranked as (

    select
        *,
        row_number() over (
            order by worst_status asc, rmse asc nulls last, model desc
        ) as choice_rank,
        min(worst_status) over () != max(worst_status) over () as is_decided_by_fit
    from compared

),

final as (

    select
        model,
        case
            when rmse is null then 'no holdout to compare: the model that lets one-time buyers leave'
            when is_decided_by_fit then 'the other model could not be fitted on these data alone'
            when rmse = other_rmse then 'both models do equally well on the holdout'
            else concat(
                'smaller root mean squared error on the holdout: ',
                {{ as_text('cast(rmse as decimal(18, 4))') }}, ' against ',
                {{ as_text('cast(other_rmse as decimal(18, 4))') }}
            )
        end as model_reason
    from ranked
    where choice_rank = 1

)

select * from final
