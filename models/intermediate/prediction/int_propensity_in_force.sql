{#-
  One row per target whose score was published on the day of the holdout: how well the parameters of that
  time predicted what has come since. People are scored anew from what was known of them on that day, so
  that no score of a person has to be kept; P(alive) is by the purchase model of today.
-#}
{#- int_model_matured reads it -#}
{{ config(access='protected') }}
{%- set held = table_of_last_build('intermediate', 'int_model_memory', is_kept=true) -%}
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

    {%- if held %}
    select
        as_of,
        model,
        algorithm,
        name,
        value
    from {{ held }}
    where kind = 'parameter'
    {%- else %}
    select
        cutoff_on as as_of,
        cast(null as string) as model,
        cast(null as string) as algorithm,
        cast(null as string) as name,
        cast(null as double) as value
    from cutoffs
    where 1 = 0
    {%- endif %}

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
        max(in_force_as_of) as in_force_as_of,
        max(algorithm) as algorithm,
        max(case when name = '(other)' then value end) as other_logit,
        {%- for input in propensity_hinges() %}
        max(case when name = 'knot:{{ input }}' then value end) as {{ input }}_knot,
        {%- endfor %}
        {%- for term in term_names %}
        max(case when name = 'term:{{ term }}' then value end) as c_{{ loop.index }},
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
            and c_0 is not null
            {%- for input in propensity_hinges() %}
            and {{ input }}_knot is not null
            {%- endfor %}
            {%- for term in term_names %}
            and c_{{ loop.index }} is not null
            {%- endfor %}
        )

),

scored as (

    select
        usable.fit_no,
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

-- 3. equal scores together, the highest first
rounded as (

    select
        fit_no,
        label,
        cast(floor(least(greatest(logit, -30e0), 30e0) * 1000e0 + 0.5e0) as int) as logit_thousandths
    from scored

),

grouped as (

    select
        fit_no,
        logit_thousandths,
        1e0 / (1e0 + exp(-logit_thousandths / 1000e0)) as score,
        count(*) as example_count,
        cast(sum(label) as bigint) as positives
    from rounded
    group by fit_no, logit_thousandths

),

ordered as (

    select
        *,
        cast(sum(example_count) over (
            partition by fit_no order by logit_thousandths desc rows between unbounded preceding and current row
        ) as bigint) as examples_so_far,
        cast(sum(positives) over (
            partition by fit_no order by logit_thousandths desc rows between unbounded preceding and current row
        ) as bigint) as positives_so_far,
        cast(sum(example_count) over (partition by fit_no) as bigint) as all_examples
    from grouped

),

tenths as (

    select
        fit_no,
        floor(10e0 * (examples_so_far - example_count / 2e0) / all_examples) as tenth,
        sum(example_count) as example_count,
        sum(positives) as positives,
        {{ stable_sum('example_count * score') }} as foretold
    from ordered
    group by fit_no, floor(10e0 * (examples_so_far - example_count / 2e0) / all_examples)

),

calibration as (

    select
        fit_no,
        {{ safe_divide(stable_sum('abs(foretold - positives)'), 'sum(example_count)') }} as calibration_error
    from tenths
    group by fit_no

),

areas as (

    select
        fit_no,
        cast(sum(example_count) as bigint) as example_count,
        cast(sum(positives) as bigint) as positives,
        {{ stable_sum('example_count * score') }} as foretold,
        -- pairs of a case and another person in which the case has the higher score; ties count half
        {{ safe_divide(
            'cast(sum((example_count - positives) * (2 * positives_so_far - positives)) as double) / 2e0',
            'sum(positives) * cast(sum(example_count) - sum(positives) as double)'
        ) }} as auc
    from ordered
    group by fit_no

),

final as (

    select
        usable.target,
        usable.in_force_as_of,
        usable.algorithm,
        areas.example_count,
        areas.positives,
        {{ round_significant('areas.foretold') }} as foretold,
        {{ round_significant('areas.auc') }} as auc,
        {{ round_significant('calibration.calibration_error') }} as calibration_error
    from usable
    inner join areas on usable.fit_no = areas.fit_no
    inner join calibration on usable.fit_no = calibration.fit_no

)

select * from final
