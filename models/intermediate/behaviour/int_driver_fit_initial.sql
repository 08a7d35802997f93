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
        {{ array_of(['0e0']) }} as covariance
    from features
    group by goal, feature_no

)

select * from final
