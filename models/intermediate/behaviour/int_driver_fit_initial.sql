{#-
  One row per goal and feature: the regression before its first step. It begins at the crude log odds, half a visit
  added: a level that nobody converted from would need many steps to get there from zero.
-#}
with

levels as (

    select * from {{ ref('int_driver_levels') }}

),

cells as (

    select * from {{ ref('int_driver_cells') }}

),

intercepts as (

    select
        goal,
        cast(1 as bigint) as feature_no,
        cast(sum(converted) as double) as converted,
        cast(sum(exposed) as double) as exposed,
        0.5e0 as reference_converted,
        1e0 as reference_exposed
    from cells
    group by goal

),

features as (

    select
        levels.goal,
        cast(levels.feature_no as bigint) as feature_no,
        cast(levels.converted as double) as converted,
        cast(levels.exposed as double) as exposed,
        cast(reference_levels.converted as double) as reference_converted,
        cast(reference_levels.exposed as double) as reference_exposed
    from levels
    inner join levels as reference_levels
        on
            levels.goal = reference_levels.goal
            and levels.factor = reference_levels.factor
            and reference_levels.is_reference
    where levels.feature_no is not null

    union all

    select * from intercepts

),

final as (

    select
        goal,
        feature_no,
        ln((converted + 0.5e0) / (exposed - converted + 0.5e0))
        - ln((reference_converted + 0.5e0) / (reference_exposed - reference_converted + 0.5e0)) as coefficient,
        {{ array_of(['0e0']) }} as covariance
    from features

)

select * from final
