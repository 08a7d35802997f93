{#- One row per category and day with demand, channels added up: units sold. -#}
with

days as (

    select * from {{ ref('int_demand_days') }}

),

final as (

    select
        -- key
        category,
        sold_on,

        -- attributes
        week_no,

        -- measures
        {{ stable_sum('units') }} as units
    from days
    group by category, sold_on, week_no

)

select * from final
