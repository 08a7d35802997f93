{#-
  One row per goal, factor and level: visits and conversions. The level with most visits is the
  reference of its factor; the others have a number, by which the regression knows them.
-#}
{%- set factors = [
    'page_load', 'device', 'entry_source', 'error', 'promotion', 'daypart', 'weekend',
    'products_viewed', 'store_visit_before', 'associate_before', 'bought_before', 'variant',
] -%}
with

cells as (

    select * from {{ ref('int_driver_cells') }}

),

factors as (

    select * from {{ ref('driver_factors') }}

),

long as (

    {%- for factor in factors %}
    select
        goal,
        stage,
        '{{ factor }}' as factor,
        {{ factor }} as level,
        exposed,
        converted
    from cells
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- an effect that begins at a later step would only mirror who got that far
totals as (

    select
        long.goal,
        long.factor,
        long.level,
        cast(sum(long.exposed) as bigint) as exposed,
        cast(sum(long.converted) as bigint) as converted
    from long
    inner join factors on long.factor = factors.factor and long.stage >= factors.from_stage
    group by long.goal, long.factor, long.level

),

ranked as (

    select
        *,
        row_number() over (
            partition by goal, factor
            order by exposed desc, level asc
        ) = 1 as is_reference
    from totals

),

final as (

    select
        *,
        case
            when not is_reference
                then 1 + row_number() over (
                    partition by goal, is_reference
                    order by factor asc, level asc
                )
        end as feature_no
    from ranked

)

select * from final
