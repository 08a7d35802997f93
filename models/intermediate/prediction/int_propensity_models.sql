{#-
  One row per fitted target: coefficients on the terms as they are (`c_`), on standardised terms
  (`b_`, as fitted) with standard errors, and the means that reasons compare with. Six digits: the order
  of addition moves the ninth.
-#}
{%- set terms = propensity_terms() | length -%}
with

fits as (

    select * from {{ ref('int_propensity_fit') }}
    where is_converged

),

scale as (

    select * from {{ ref('int_propensity_scale') }}

),

rounded as (

    select
        fit_no,
        row_count_used as training_rows,
        iteration as iterations
        {%- for i in range(0, terms + 1) %},
        {{ round_significant('b_' ~ i, 6) }} as b_{{ i }},
        sqrt(greatest({{ array_get(array_get('covariance', i + 1), i + 1) }}, 0e0)) as exact_error_{{ i }}
        {%- endfor %}
    from fits

),

final as (

    select
        rounded.fit_no,
        rounded.training_rows,
        rounded.iterations,
        rounded.b_0,
        rounded.b_0
        {%- for i in range(1, terms + 1) %} - coalesce(rounded.b_{{ i }} / scale.deviation_{{ i }}, 0e0) * scale.mean_{{ i }}{% endfor %} as c_0
        {%- for i in range(1, terms + 1) %},
        rounded.b_{{ i }},
        {{ round_significant('rounded.exact_error_' ~ i, 6) }} as error_{{ i }},
        coalesce(rounded.b_{{ i }} / scale.deviation_{{ i }}, 0e0) as c_{{ i }},
        scale.mean_{{ i }},
        coalesce(scale.deviation_{{ i }}, 0e0) as deviation_{{ i }}
        {%- endfor %}
    from rounded
    inner join scale on rounded.fit_no = scale.fit_no

)

select * from final
