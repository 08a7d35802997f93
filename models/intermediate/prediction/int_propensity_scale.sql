{#- One row per fitted target: mean and standard deviation of each term over the sampled training rows. -#}
{%- set terms = propensity_terms() | length -%}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role = 'training'

),

counts as (

    select * from {{ ref('int_propensity_counts') }}
    where is_fitted

),

moments as (

    select
        examples.fit_no,
        count(*) as row_count
        {%- for i in range(1, terms + 1) %},
        avg(examples.x_{{ i }}) as mean_{{ i }},
        avg(examples.x_{{ i }} * examples.x_{{ i }}) as square_{{ i }}
        {%- endfor %}
    from examples
    inner join counts on examples.fit_no = counts.fit_no
    where examples.draw * counts.training_rows < {{ var('propensity_training_rows') | int }}
    group by examples.fit_no

),

-- what rounding leaves of a constant is no deviation
final as (

    select
        fit_no,
        row_count
        {%- for i in range(1, terms + 1) %},
        {{ round_significant('mean_' ~ i, 6) }} as mean_{{ i }},
        case
            when square_{{ i }} - mean_{{ i }} * mean_{{ i }} > 1e-10 * square_{{ i }}
                then {{ round_significant('sqrt(square_' ~ i ~ ' - mean_' ~ i ~ ' * mean_' ~ i ~ ')', 6) }}
        end as deviation_{{ i }}
        {%- endfor %}
    from moments

)

select * from final
