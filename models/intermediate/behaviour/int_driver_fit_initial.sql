{#- One row per goal and feature: the regression before its first step, all coefficients zero. -#}
with

features as (

    select * from {{ ref('int_driver_features') }}

),

final as (

    select
        goal,
        feature_no,
        0e0 as coefficient,
        cast(null as double) as standard_error
    from features
    group by goal, feature_no

)

select * from final
