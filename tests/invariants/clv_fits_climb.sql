-- Guards the optimiser: from step to step of a fit the log-likelihood never falls, but for the last
-- digit, unless the fit starts again under a prior; and every fit ends.
{{ config(group='value') }}
with

steps as (

    select
        *,
        lag(mean_log_likelihood) over (
            partition by model, period, segment, coalesce(prior_reason, '') order by iteration
        ) as previous_log_likelihood,
        row_number() over (partition by model, period, segment order by iteration desc) as recency_rank
    from {{ ref('int_purchase_fit') }}

)

select
    model,
    period,
    segment,
    iteration,
    mean_log_likelihood,
    previous_log_likelihood
from steps
where
    (prior_reason is null and mean_log_likelihood < previous_log_likelihood - 1e-12 * abs(previous_log_likelihood))
    or (recency_rank = 1 and not is_converged)
