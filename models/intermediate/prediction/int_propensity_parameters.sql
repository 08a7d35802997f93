{#-
  One row per target and parameter of the score that this build publishes: coefficients, knots and the move
  towards the newest day of a logistic model, or the log-odds by bin of the baseline in its place. Enough to
  score anybody with it on a later day, and no person in it.
-#}
{#- int_model_memory keeps them -#}
{{ config(access='protected') }}
with

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

choice as (

    select * from {{ ref('int_propensity_choice') }}

),

models as (

    select * from {{ ref('int_propensity_models') }}

),

shifts as (

    select * from {{ ref('int_propensity_shifts') }}

),

knots as (

    select * from {{ ref('int_propensity_knots') }}

),

baselines as (

    select * from {{ ref('int_propensity_baselines') }}

),

baseline_shifts as (

    select * from {{ ref('int_propensity_baseline_shifts') }}

),

-- 1. the logistic models that are published
published as (

    select
        targets.target,
        models.*,
        knots.*,
        coalesce(shifts.knot, 0e0) as moved_knot,
        coalesce(shifts.level, 0e0) as moved_level,
        coalesce(shifts.slope, 0e0) as moved_slope,
        coalesce(shifts.bend, 0e0) as moved_bend
    from targets
    inner join choice
        on
            targets.fit_no = choice.fit_no
            and choice.model_used = 'logistic'
    inner join models on targets.fit_no = models.fit_no
    left join shifts on targets.fit_no = shifts.fit_no
    cross join knots

),

-- 2. the baselines that are, at the level of the newest matured cutoff
basic as (

    select
        targets.target,
        choice.model_used,
        baselines.bin,
        ln(baselines.rate / (1e0 - baselines.rate)) as logit,
        ln(baselines.base_rate / (1e0 - baselines.base_rate)) as base_logit,
        coalesce(baseline_shifts.shift, 0e0) as shift
    from targets
    inner join choice on targets.fit_no = choice.fit_no
    inner join baselines
        on
            choice.fit_no = baselines.fit_no
            and choice.model_used = baselines.model
    left join baseline_shifts on targets.fit_no = baseline_shifts.fit_no

),

parameters as (

    select
        target,
        'logistic' as model_used,
        '(intercept)' as parameter,
        c_0 as exact_value
    from published
    {%- for part in ['knot', 'level', 'slope', 'bend'] %}
    union all
    select
        target,
        'logistic' as model_used,
        'moved:{{ part }}' as parameter,
        moved_{{ part }} as exact_value
    from published
    {%- endfor %}
    {%- for term in propensity_terms() %}
    union all
    select
        target,
        'logistic' as model_used,
        'term:{{ term[0] }}' as parameter,
        c_{{ loop.index }} as exact_value
    from published
    {%- endfor %}
    {%- for input in propensity_hinges() %}
    union all
    select
        target,
        'logistic' as model_used,
        'knot:{{ input }}' as parameter,
        {{ input }}_knot as exact_value
    from published
    {%- endfor %}
    union all
    select
        target,
        model_used,
        concat('bin:', {{ as_text('bin') }}) as parameter,
        logit + shift as exact_value
    from basic
    union all
    select
        target,
        model_used,
        '(other)' as parameter,
        max(base_logit + shift) as exact_value
    from basic
    group by target, model_used

),

final as (

    select
        target,
        model_used,
        parameter,
        {{ round_significant('exact_value', 9) }} as value
    from parameters

)

select * from final
