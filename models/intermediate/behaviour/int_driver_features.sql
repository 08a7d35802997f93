{#- One row per goal and combination of levels, with the numbers of the features it has; 1 is the intercept. -#}
{%- set factors = conversion_factors() -%}
with

cells as (

    select * from {{ ref('int_driver_cells') }}

),

levels as (

    select * from {{ ref('int_driver_levels') }}
    where not is_reference

),

features as (

    select
        cell_no,
        cast(1 as bigint) as feature_no
    from cells
    {%- for factor in factors %}
    union all
    select
        cells.cell_no,
        cast(levels.feature_no as bigint) as feature_no
    from cells
    inner join levels
        on
            cells.goal = levels.goal
            and levels.factor = '{{ factor }}'
            and cells.{{ factor }} = levels.level
    {%- endfor %}

),

final as (

    select
        cells.goal,
        cells.cell_no,
        cells.exposed,
        cells.converted,
        features.feature_no
    from cells
    inner join features on cells.cell_no = features.cell_no

)

select * from final
