{#-
  One row per goal, factor and level: visits and conversions. The reference of a factor is the level
  that seed driver_factors names, else the one with most visits; the others that are in the sample have
  a number, by which the regression knows them; 1 is its intercept.
-#}
{%- set factors = conversion_factors() -%}
{%- set steps = 'has_product_view, has_cart, has_checkout, has_payment, has_purchase' -%}
with

visits as (

    select * from {{ ref('int_driver_visits') }}

),

sampled as (

    select * from {{ ref('int_driver_sample') }}

),

numbers as (

    select * from {{ ref('int_driver_level_numbers') }}

),

factors as (

    select * from {{ ref('driver_factors') }}

),

goals as (

    select * from {{ ref('driver_goals') }}

),

counted as (

    {%- for factor in factors %}
    select
        '{{ factor }}' as factor,
        {{ factor }} as level_no,
        {{ steps }},
        count(*) as visit_count
    from visits
    group by {{ factor }}, {{ steps }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

levels_in_sample as (

    {%- for factor in factors %}
    select
        goal,
        '{{ factor }}' as factor,
        {{ factor }} as level_no
    from sampled
    group by goal, {{ factor }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- an effect that begins at a later step would only mirror who got that far
totals as (

    select
        goals.goal,
        counted.factor,
        counted.level_no,
        max(cast(factors.reference_level as string)) as wanted_reference,
        cast(sum(counted.visit_count) as bigint) as exposed,
        cast(sum(case when {{ visit_reached('goals.converted_by') }} then counted.visit_count else 0 end) as bigint) as converted
    from counted
    inner join goals on {{ visit_reached('goals.exposed_by') }}
    inner join factors on counted.factor = factors.factor and goals.stage >= factors.from_stage
    group by goals.goal, counted.factor, counted.level_no

),

ranked as (

    select
        totals.*,
        numbers.level,
        levels_in_sample.goal is not null as is_in_sample,
        row_number() over (
            partition by totals.goal, totals.factor
            order by case when numbers.level = totals.wanted_reference then 0 else 1 end asc, totals.exposed desc, numbers.level asc
        ) = 1 as is_reference
    from totals
    inner join numbers
        on
            totals.factor = numbers.factor
            and totals.level_no = numbers.level_no
    left join levels_in_sample
        on
            totals.goal = levels_in_sample.goal
            and totals.factor = levels_in_sample.factor
            and totals.level_no = levels_in_sample.level_no

),

final as (

    select
        goal,
        factor,
        level,
        level_no,
        exposed,
        converted,
        is_reference,
        case
            when is_in_sample and not is_reference
                then 1 + row_number() over (
                    partition by goal, is_in_sample and not is_reference
                    order by factor asc, level asc
                )
        end as feature_no
    from ranked

)

select * from final
