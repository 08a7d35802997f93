{#- Guards that each of the 125 score combinations has exactly one segment and business group with labels. -#}
with

scores as (

    select
        recency.n as recency_score,
        frequency.n as frequency_score,
        monetary.n as monetary_score
    from {{ number_series(1, 5) }} as recency
    cross join {{ number_series(1, 5) }} as frequency
    cross join {{ number_series(1, 5) }} as monetary

)

select
    scores.recency_score,
    scores.frequency_score,
    scores.monetary_score,
    count(grid.segment) as cells,
    count(segments.label_zh) as labelled_cells,
    count(business_groups.label_zh) as grouped_cells
from scores
left join {{ ref('rfm_grid') }} as grid
    on
        scores.recency_score = grid.recency_score
        and scores.frequency_score = grid.frequency_score
        and scores.monetary_score = grid.monetary_score
left join {{ ref('rfm_segments') }} as segments on grid.segment = segments.segment
left join {{ ref('rfm_business_groups') }} as business_groups
    on grid.business_group = business_groups.business_group
group by scores.recency_score, scores.frequency_score, scores.monetary_score
having
    count(grid.segment) != 1
    or count(segments.label_zh) != 1
    or count(business_groups.label_zh) != 1
