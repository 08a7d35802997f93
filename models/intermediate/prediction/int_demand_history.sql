{#- One row per category and complete week of its history, weeks without demand included. -#}
with

series as (

    select * from {{ ref('int_demand_series') }}

),

weeks as (

    select * from {{ ref('int_demand_weeks') }}

),

by_week as (

    select
        category,
        week_no,
        {{ stable_sum('units') }} as units
    from weeks
    group by category, week_no

),

every_week as (

    select
        series.category,
        series.first_week_no,
        week_list.week_no
    from series
    {{ explode_array(number_array('series.first_week_no', 'series.last_week_no'), 'week_list', 'week_no') }}

),

final as (

    select
        -- key
        every_week.category,
        every_week.week_no,

        -- measures
        every_week.week_no - every_week.first_week_no + 1 as week_of_history,
        coalesce(by_week.units, 0e0) as units
    from every_week
    left join by_week
        on
            every_week.category = by_week.category
            and every_week.week_no = by_week.week_no

)

select * from final
