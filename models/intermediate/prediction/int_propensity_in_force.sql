{#-
  One row per target whose score was published on the day of the holdout: how well the parameters of that
  time predicted what has come since. People are scored anew from what was known of them on that day, so
  that no score of a person has to be kept; P(alive) is by the purchase model of today.
-#}
{#- int_model_matured reads it -#}
{{ config(access='protected') }}
{%- set terms = propensity_terms() -%}
{%- set term_names = terms | map(attribute=0) | list -%}
with

examples as (

    select * from {{ ref('int_propensity_examples') }}
    where role = 'holdout'

),

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

roles as (

    select * from {{ ref('int_prediction_roles') }}
    where role = 'holdout'

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}

),

held as (

    {{ model_memory('parameter') }}

),

-- 1. the newest build up to the day of the holdout
dated as (

    select
        targets.fit_no,
        targets.target,
        held.as_of,
        held.algorithm,
        held.name,
        held.value,
        max(held.as_of) over (partition by targets.fit_no) as in_force_as_of
    from targets
    inner join roles on targets.fit_no = roles.fit_no
    inner join cutoffs on roles.days_before = cutoffs.days_before
    inner join held
        on
            concat('propensity:', targets.target) = held.model
            and cutoffs.cutoff_on >= held.as_of

),

in_force as (

    select * from dated
    where as_of = in_force_as_of

),

-- 2. parameters side by side; a model of other terms than those of today cannot be tried
wide as (

    select
        fit_no,
        max(target) as target,
        max(algorithm) as algorithm,
        max(case when name = '(other)' then value end) as other_logit,
        {%- for input in propensity_hinges() %}
        max(case when name = 'knot:{{ input }}' then value end) as {{ input }}_knot,
        {%- endfor %}
        {%- for term in term_names %}
        max(case when name = 'term:{{ term }}' then value end) as c_{{ loop.index }},
        {%- endfor %}
        {%- for part in ['knot', 'level', 'slope', 'bend'] %}
        max(case when name = 'moved:{{ part }}' then value end) as {{ part }},
        {%- endfor %}
        max(case when name = '(intercept)' then value end) as c_0,
        sum(case when name like 'term:%' then 1 else 0 end) as term_count
    from in_force
    group by fit_no

),

usable as (

    select *
    from wide
    where
        algorithm != 'logistic'
        or (
            term_count = {{ term_names | length }}
            and c_0 + knot + level + slope + bend is not null
            {%- for input in propensity_hinges() %}
            and {{ input }}_knot is not null
            {%- endfor %}
            {%- for term in term_names %}
            and c_{{ loop.index }} is not null
            {%- endfor %}
        )

),

modelled as (

    select
        usable.fit_no,
        usable.knot,
        usable.level,
        usable.slope,
        usable.bend,
        examples.label,
        usable.c_0
        {%- for term in term_names %}
        {%- if term.endswith('_above') and term[:-6] in propensity_hinges() %}
        + usable.c_{{ loop.index }} * greatest(0e0, examples.x_{{ loop.index - 1 }} - usable.{{ term[:-6] }}_knot)
        {%- else %}
        + usable.c_{{ loop.index }} * examples.x_{{ loop.index }}
        {%- endif %}
        {%- endfor %} as logit
    from examples
    inner join usable
        on
            examples.fit_no = usable.fit_no
            and usable.algorithm = 'logistic'

),

scored as (

    select
        modelled.fit_no,
        modelled.label,
        {{ moved_logit('modelled.logit', 'modelled') }} as logit
    from modelled
    union all
    select
        usable.fit_no,
        examples.label,
        coalesce(in_force.value, usable.other_logit) as logit
    from examples
    inner join usable
        on
            examples.fit_no = usable.fit_no
            and usable.algorithm != 'logistic'
    left join in_force
        on
            usable.fit_no = in_force.fit_no
            and in_force.name = concat('bin:', {{ as_text("case usable.algorithm when 'recency_only' then examples.recency_bin when 'alive_only' then examples.alive_bin else 0 end") }})

),

-- 3. equal scores together, as on the holdout of today
rounded as (

    select
        fit_no,
        label,
        {{ round_significant('1e0 / (1e0 + exp(-floor(least(greatest(logit, -30e0), 30e0) * 1000e0 + 0.5e0) / 1000e0))', 9) }} as score
    from scored

),

grouped as (

    select
        fit_no,
        score,
        count(*) as example_count,
        cast(sum(label) as bigint) as positives
    from rounded
    group by fit_no, score

),

ordered as (

    {{ scores_in_order('grouped', 'fit_no') }}

),

{{ calibration_ctes('ordered', 'fit_no') }},

areas as (

    select
        ordered.fit_no,
        max(ordered.all_examples) as example_count,
        max(ordered.all_positives) as positives,
        {{ stable_sum('ordered.example_count * ordered.score') }} as foretold,
        {{ auc_of_scores('ordered') }} as auc
    from ordered
    group by ordered.fit_no

),

final as (

    select
        usable.target,
        usable.algorithm,
        areas.example_count,
        areas.positives,
        {{ round_significant('areas.foretold') }} as foretold,
        {{ round_significant('areas.auc') }} as auc,
        {{ round_significant('calibration.ece') }} as calibration_error
    from usable
    inner join areas on usable.fit_no = areas.fit_no
    inner join calibration on usable.fit_no = calibration.fit_no

)

select * from final
