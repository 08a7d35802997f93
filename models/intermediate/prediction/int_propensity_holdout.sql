{#- One row per fitted target and score on the holdout (log-odds in thousandths): examples, and in how many it happened. -#}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role = 'holdout'

),

models as (

    select * from {{ ref('int_propensity_models') }}

),

scored as (

    select
        examples.fit_no,
        examples.label,
        {{ propensity_logit() }} as logit
    from examples
    inner join models on examples.fit_no = models.fit_no

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
