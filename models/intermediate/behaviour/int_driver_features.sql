{#- One row per goal and combination of levels, with the numbers of the features it has; 1 is the intercept. -#}
{%- set factors = [
    'page_load', 'device', 'entry_source', 'page_error', 'checkout_error', 'promotion', 'daypart', 'weekend',
    'products_viewed', 'store_visit_before', 'associate_before', 'orders_before', 'variant',
] -%}
with

cells as (

    select * from {{ ref('int_driver_cells') }}

),

levels as (

    select * from {{ ref('int_driver_levels') }}
    where not is_reference

),

numbered as (

    select
        *,
        row_number() over (order by goal{% for factor in factors %}, {{ factor }}{% endfor %}) as cell_no
    from cells

),

features as (

    select
        cell_no,
        cast(1 as bigint) as feature_no
    from numbered
    {%- for factor in factors %}
    union all
    select
        numbered.cell_no,
        cast(levels.feature_no as bigint) as feature_no
    from numbered
    inner join levels
        on
            numbered.goal = levels.goal
            and levels.factor = '{{ factor }}'
            and numbered.{{ factor }} = levels.level
    {%- endfor %}

),

final as (

    select
        numbered.goal,
        numbered.cell_no,
        numbered.exposed,
        numbered.converted,
        features.feature_no
    from numbered
    inner join features on numbered.cell_no = features.cell_no

)

select * from final
