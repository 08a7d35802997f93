{#-
  One row per category and cutoff: the week after which a forecast is made, knowing only what came before. Cutoff 0
  is the newest complete week; the others, two weeks apart, leave the forecast weeks to be compared with.
-#}
{%- set ahead = var('forecast_weeks') | int -%}
with

series as (

    select * from {{ ref('int_demand_series') }}
    where first_week_no is not null

),

final as (

    select
        -- key
        series.category,
        cutoffs.cutoff_no,

        -- attributes
        series.first_week_no,
        series.is_intermittent,
        series.last_week_no
        - case when cutoffs.cutoff_no = 0 then 0 else {{ ahead }} + 2 * (cutoffs.cutoff_no - 1) end as cutoff_week_no
    from series
    cross join {{ number_series(0, 20, 'cutoff_no') }} as cutoffs

)

select
    *,
    cutoff_week_no - first_week_no + 1 as known_weeks
from final
where cutoff_no = 0 or cutoff_week_no - first_week_no + 1 >= 13
