{#-
  One row per fitted target and sampled training example: the label and the standardised terms. At
  most var propensity_training_rows a target, all cutoffs of a drawn person together.
-#}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role = 'training'

),

counts as (

    select * from {{ ref('int_propensity_counts') }}
    where is_fitted

),

scale as (

    select * from {{ ref('int_propensity_scale') }}

),

final as (

    select
        examples.fit_no,
        examples.label,
        -- a tenth of the people, to come near to the solution with
        examples.draw * counts.training_rows < 0.1e0 * {{ var('propensity_training_rows') | int }} as is_pilot
        {%- for term in propensity_terms() %},
        coalesce((examples.x_{{ loop.index }} - scale.mean_{{ loop.index }}) / scale.deviation_{{ loop.index }}, 0e0) as z_{{ loop.index }}
        {%- endfor %}
    from examples
    inner join counts on examples.fit_no = counts.fit_no
    inner join scale on examples.fit_no = scale.fit_no
    where examples.draw * counts.training_rows < {{ var('propensity_training_rows') | int }}

)

select * from final
