{#- Guards that splitting a score loses or invents no answer: within metric and period the values of every dimension add up to the total. -#}
with

scores as (

    select * from {{ ref('satisfaction_scores') }}

),

totals as (

    select
        metric,
        period_type,
        period_start,
        responses,
        promoters,
        passives,
        detractors
    from scores
    where dimension = 'all'

),

split as (

    select
        metric,
        period_type,
        period_start,
        dimension,
        sum(responses) as responses,
        sum(promoters) as promoters,
        sum(passives) as passives,
        sum(detractors) as detractors
    from scores
    where dimension != 'all'
    group by metric, period_type, period_start, dimension

)

select
    totals.metric,
    totals.period_type,
    totals.period_start,
    split.dimension
from totals
full join split
    on
        totals.metric = split.metric
        and totals.period_type = split.period_type
        and totals.period_start = split.period_start
where
    split.dimension is null
    or totals.metric is null
    or totals.responses != split.responses
    or totals.promoters != split.promoters
    or totals.passives != split.passives
    or totals.detractors != split.detractors
    or totals.responses != totals.promoters + totals.passives + totals.detractors
