{#-
  One row per fit and example that teaches it. Three fits an action: 1 the treated, 2 the holdout, whose
  difference is the model of two; 3 the transformed outcome, which is 1 where treated people ordered and
  where others did not, over equal groups.
-#}
with

examples as (

    select * from {{ ref('int_uplift_examples') }}
    where is_training

),

final as (

    select
        3 * action_number - case when is_treated then 2 else 1 end as fit_no,
        label,
        false as is_pilot,
        {%- for term in uplift_terms() %}
        z_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from examples
    union all
    select
        3 * action_number as fit_no,
        case when is_treated then label else 1e0 - label end as label,
        false as is_pilot,
        {%- for term in uplift_terms() %}
        z_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from examples
    where is_balanced

)

select * from final
