{#-
  One row per goal and combination of factor levels of the sampled visits: how many there were, how many reached
  the goal, the features of the regression that it has (1 is the intercept), and all pairs of them.
-#}
{%- set factors = conversion_factors() -%}
with

visits as (

    select * from {{ ref('int_driver_sample') }}

),

levels as (

    select * from {{ ref('int_driver_levels') }}
    where feature_no is not null

),

totals as (

    select
        goal,
        {{ factors | join(', ') }},
        count(*) as exposed,
        cast(sum(is_converted) as bigint) as converted
    from visits
    group by goal, {{ factors | join(', ') }}

),

numbered as (

    select
        *,
        row_number() over (order by goal, {{ factors | join(', ') }}) as cell_no
    from totals

),

-- a level that is the reference, or has no effect at this goal, is no feature
{%- set numbers = ['1'] %}
{%- for factor in factors %}
    {%- do numbers.append('cast(' ~ factor ~ '_levels.feature_no as int)') %}
{%- endfor %}
featured as (

    select
        numbered.goal,
        numbered.cell_no,
        {%- for factor in factors %}
        numbered.{{ factor }},
        {%- endfor %}
        numbered.exposed,
        numbered.converted,
        {{ filter_array(array_of(numbers), 'feature', 'feature is not null') }} as features
    from numbered
    {%- for factor in factors %}
    left join levels as {{ factor }}_levels
        on
            {{ factor }}_levels.factor = '{{ factor }}'
            and numbered.goal = {{ factor }}_levels.goal
            and numbered.{{ factor }} = {{ factor }}_levels.level_no
    {%- endfor %}

),

final as (

    select
        *,
        {{ feature_pairs('features') }} as feature_pairs
    from featured

)

select * from final
