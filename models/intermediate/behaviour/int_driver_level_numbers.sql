{#- One row per factor and level that a visit may have: its number within the factor, by which the visits carry it. -#}
with

sessions as (

    select * from {{ ref('int_sessions') }}
    where source_table = 'web_events' and not is_bot

),

bands as (

    select * from {{ ref('driver_levels') }}

),

levels as (

    select
        factor,
        level
    from bands
    {%- for factor, otherwise in banded_factors().items() %}
    union all
    select
        '{{ factor }}' as factor,
        '{{ otherwise }}' as level
    {%- endfor %}
    {%- for factor, (column, otherwise) in text_factors().items() %}
    union all
    select
        '{{ factor }}' as factor,
        coalesce({{ column }}, '{{ otherwise }}') as level
    from sessions
    group by coalesce({{ column }}, '{{ otherwise }}')
    {%- endfor %}
    {%- for factor, level in [('promotion', 'promotion'), ('promotion', 'no promotion'), ('weekend', 'weekend'), ('weekend', 'weekday')] %}
    union all
    select
        '{{ factor }}' as factor,
        '{{ level }}' as level
    {%- endfor %}

),

distinct_levels as (

    select
        factor,
        level
    from levels
    group by factor, level

),

final as (

    select
        factor,
        level,
        cast(row_number() over (
            partition by factor
            order by level asc
        ) as int) as level_no
    from distinct_levels

)

select * from final
