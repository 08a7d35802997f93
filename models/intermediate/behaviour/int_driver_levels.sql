{#-
  One row per goal, factor and level: visits and conversions. The reference of a factor is the level
  that seed driver_factors names, else the one with most visits; the others have a number, by which
  the regression knows them.
-#}
{%- set factors = conversion_factors() -%}
with

visits as (

    select * from {{ ref('int_driver_visits') }}

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
    from visits
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- an effect that begins at a later step would only mirror who got that far
totals as (

    select
        long.goal,
        long.factor,
        long.level,
        max(cast(factors.reference_level as string)) as wanted_reference,
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
            order by case when level = wanted_reference then 0 else 1 end asc, exposed desc, level asc
        ) = 1 as is_reference
    from totals

),

final as (

    select
        goal,
        factor,
        level,
        exposed,
        converted,
        is_reference,
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
