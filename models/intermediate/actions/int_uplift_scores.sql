{#-
  One row per uplift model and person that judges it: the predicted uplift of the chance of an order, and
  the tenth that it puts the person in (1: those who should answer best).
-#}
with

examples as (

    select * from {{ ref('int_uplift_examples') }}
    where not is_training

),

fits as (

    select * from {{ ref('int_uplift_fit') }}

),

predicted as (

    select
        examples.action_log_id,
        examples.action,
        examples.segment,
        examples.is_treated,
        examples.label,
        1e0 / (1e0 + exp(-{{ uplift_logit('treated_fits') }}))
        - 1e0 / (1e0 + exp(-{{ uplift_logit('holdout_fits') }})) as two_models,
        2e0 / (1e0 + exp(-{{ uplift_logit('transformed_fits') }})) - 1e0 as transformed_outcome
    from examples
    inner join fits as treated_fits on 3 * examples.action_number - 2 = treated_fits.fit_no
    inner join fits as holdout_fits on 3 * examples.action_number - 1 = holdout_fits.fit_no
    inner join fits as transformed_fits on 3 * examples.action_number = transformed_fits.fit_no

),

long as (

    {%- for model in ['two_models', 'transformed_outcome'] %}

    select
        action_log_id,
        action,
        segment,
        '{{ model }}' as uplift_model,
        is_treated,
        label,
        {{ model }} as raw_uplift
    from predicted
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

rounded as (

    select
        *,
        {{ round_significant('raw_uplift') }} as predicted_uplift
    from long

),

final as (

    select
        -- key
        uplift_model,
        action_log_id,

        -- attributes
        action,
        segment,
        is_treated,
        label,
        cast(ntile(10) over (
            partition by action, uplift_model order by predicted_uplift desc, action_log_id asc
        ) as int) as decile,

        -- measures
        predicted_uplift
    from rounded

)

select * from final
