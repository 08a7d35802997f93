{#- One row per goal and combination of factor levels of the sampled visits: how many there were, and how many reached the goal. -#}
{%- set factors = conversion_factors() -%}
with

visits as (

    select * from {{ ref('int_driver_sample') }}

),

totals as (

    select
        goal,
        stage,
        {%- for factor in factors %}
        {{ factor }},
        {%- endfor %}
        cast(sum(exposed) as bigint) as exposed,
        cast(sum(converted) as bigint) as converted
    from visits
    group by goal, stage{% for factor in factors %}, {{ factor }}{% endfor %}

),

final as (

    select
        *,
        row_number() over (order by goal{% for factor in factors %}, {{ factor }}{% endfor %}) as cell_no
    from totals

)

select * from final
