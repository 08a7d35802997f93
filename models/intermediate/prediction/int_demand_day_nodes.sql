{#-
  One row per category, cutoff and day, `(all)` where categories are added up: the forecast by the chosen way of dividing weeks, and what
  came (null for cutoff 0). Days of a week add up to its forecast, categories to the total.
-#}
with

candidates as (

    select * from {{ ref('int_demand_day_candidates') }}

),

choices as (

    select * from {{ ref('int_demand_day_choices') }}

),

used as (

    select candidates.*
    from candidates
    inner join choices
        on
            candidates.category = choices.category
            and candidates.method = choices.method

),

final as (

    select
        -- key
        case when grouping(category) = 1 then '(all)' else category end as category,
        cutoff_no,
        day_date,

        -- attributes
        max(week_no) as week_no,
        max(weeks_ahead) as weeks_ahead,
        max(weekday) as weekday,

        -- measures
        {{ stable_sum('forecast') }} as forecast,
        {{ stable_sum('actual') }} as actual,
        case when grouping(category) = 0 then max(day_share) end as day_share,
        case when grouping(category) = 0 then max(weekday_share) end as weekday_share,
        case when grouping(category) = 0 then max(event_factor) end as event_factor
    from used
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ((cutoff_no, day_date, category), (cutoff_no, day_date)) -- noqa: PRS

)

select * from final
