{#- One row per fitted target and score on the sampled training days (log-odds in thousandths): examples, and in how many it happened. -#}
with

training as (

    select * from {{ ref('int_propensity_training') }}

),

models as (

    select * from {{ ref('int_propensity_models') }}

),

scored as (

    select
        training.fit_no,
        training.label,
        models.b_0
        {%- for term in propensity_terms() %} + models.b_{{ loop.index }} * training.z_{{ loop.index }}{% endfor %} as logit
    from training
    inner join models on training.fit_no = models.fit_no

),

final as (

    select
        fit_no,
        {{ logit_thousandths('logit') }} as logit_thousandths,
        count(*) as example_count,
        cast(sum(label) as bigint) as positives
    from scored
    group by fit_no, {{ logit_thousandths('logit') }}

)

select * from final
