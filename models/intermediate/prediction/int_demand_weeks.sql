{#- One row per category, channel and week with demand, the unfinished weeks at both ends included: units sold. -#}
with

days as (

    select * from {{ ref('int_demand_days') }}

),

final as (

    select
        -- key
        category,
        channel,
        week_no,

        -- measures
        {{ stable_sum('units') }} as units
    from days
    group by category, channel, week_no

)

select * from final
