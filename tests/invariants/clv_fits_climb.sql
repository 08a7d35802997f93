-- Guards the optimiser: from step to step of a climb what is maximised never falls, but for the last
-- digit (a climb begins on other data or under a prior, with an objective of null); and every fit ends.
{{ config(group='value') }}
with

steps as (

    select
        *,
        lag(objective) over (partition by model, period, segment order by iteration) as previous_objective,
        row_number() over (partition by model, period, segment order by iteration desc) as recency_rank
    from {{ ref('int_purchase_fit') }}

)

select
    model,
    period,
    segment,
    iteration,
    objective,
    previous_objective
from steps
where
    objective < previous_objective - 1e-12 * abs(previous_objective)
    or (recency_rank = 1 and not is_converged)
