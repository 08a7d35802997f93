{#-
  One row per metric, segment (`(all)`: everyone) and bootstrap sample (0: the answers as they are):
  explained variance, each slot's Shapley share of it and its correlation with the score.
-#}
{{ config(
    pre_hook='{{ compiled_on_spark(true) }}',
    post_hook='{{ compiled_on_spark(false) }}'
) }}
{%- set slots = 12 -%}
{%- set target = slots + 1 -%}
{%- set names = [] -%}
{%- for slot in range(1, slots + 1) -%}{%- do names.append('c' ~ slot) -%}{%- endfor -%}
{%- do names.append('cy') -%}
with

answers as (

    select * from {{ ref('int_driver_answers') }}

),

-- 1. sums and cross products of 256 random parts of the people: all that later steps need, so
--    that a million answers cost one pass however many samples are drawn
parts as (

    select
        metric,
        segment,
        resample_unit,
        cast(count(*) as double) as n
        {%- for i in range(1, target + 1) %},
        sum({{ names[i - 1] }}) as s_{{ i }}
        {%- for j in range(i, target + 1) %},
        sum({{ names[i - 1] }} * {{ names[j - 1] }}) as p_{{ i }}_{{ j }}
        {%- endfor %}
        {%- endfor %}
    from answers
    group by metric, segment, resample_unit

),

-- 2. everyone, and each segment with enough answers
segments as (

    select
        metric,
        segment
    from parts
    where segment != '(none)'
    group by metric, segment
    having sum(n) >= {{ var('driver_answers_at_least') | int }}

),

scoped as (

    select
        parts.*,
        parts.segment as scope
    from parts
    inner join segments
        on
            parts.metric = segments.metric
            and parts.segment = segments.segment

    union all

    select
        parts.*,
        '(all)' as scope
    from parts

),

scope_parts as (

    select
        metric,
        scope,
        resample_unit,
        sum(n) as n
        {%- for i in range(1, target + 1) %},
        sum(s_{{ i }}) as s_{{ i }}
        {%- for j in range(i, target + 1) %},
        sum(p_{{ i }}_{{ j }}) as p_{{ i }}_{{ j }}
        {%- endfor %}
        {%- endfor %}
    from scoped
    group by metric, scope, resample_unit

),

-- 3. how often a sample draws a part: Poisson(1) from a fixed hash, the same in every build
weights as (

    {{ bootstrap_weights(var('driver_replicates') | int, 256) }}

),

sampled as (

    select
        scope_parts.metric,
        scope_parts.scope,
        weights.replicate,
        sum(weights.weight * scope_parts.n) as n
        {%- for i in range(1, target + 1) %},
        sum(weights.weight * scope_parts.s_{{ i }}) as s_{{ i }}
        {%- for j in range(i, target + 1) %},
        sum(weights.weight * scope_parts.p_{{ i }}_{{ j }}) as p_{{ i }}_{{ j }}
        {%- endfor %}
        {%- endfor %}
    from scope_parts
    inner join weights on scope_parts.resample_unit = weights.unit
    where weights.weight > 0e0
    group by scope_parts.metric, scope_parts.scope, weights.replicate

),

-- 4. covariances; what rounding leaves of a constant is zero
covariances as (

    select
        metric,
        scope,
        replicate,
        n
        {%- for i in range(1, target + 1) %}
        {%- for j in range(i, target + 1) %},
        {%- if i == j %}
        case
            when p_{{ i }}_{{ i }} / n - s_{{ i }} * s_{{ i }} / n / n > 1e-10 * p_{{ i }}_{{ i }} / n
                then p_{{ i }}_{{ i }} / n - s_{{ i }} * s_{{ i }} / n / n
            else 0e0
        end as cov_{{ i }}_{{ i }}
        {%- else %}
        p_{{ i }}_{{ j }} / n - s_{{ i }} * s_{{ j }} / n / n as cov_{{ i }}_{{ j }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
    from sampled

),

{{ shapley_ctes('covariances', ['metric', 'scope', 'replicate'], slots) }}

-- sums of doubles depend on their order in the last digits; nine decimals do not
final as (

    select
        shares.metric,
        shares.scope,
        shares.replicate,
        covariances.n as responses,
        round(shares.r_squared, 9) as r_squared
        {%- for i in range(1, slots + 1) %},
        round(shares.share_{{ i }}, 9) as share_{{ i }},
        round(covariances.cov_{{ i }}_{{ target }} / nullif(sqrt(
            covariances.cov_{{ i }}_{{ i }} * covariances.cov_{{ target }}_{{ target }}
        ), 0e0), 9) as correlation_{{ i }}
        {%- endfor %}
    from shapley_shares as shares
    inner join covariances
        on
            shares.metric = covariances.metric
            and shares.scope = covariances.scope
            and shares.replicate = covariances.replicate

)

select * from final
