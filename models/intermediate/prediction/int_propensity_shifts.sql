{#-
  One row per fitted target: by how much the log-odds move so that the newest matured cutoff comes out
  right in total. Newton's method on one number, from the difference of the odds; without a case, or
  with nothing but cases, nothing moves.
-#}
{%- set steps = 12 -%}
with

holdout as (

    select * from {{ ref('int_propensity_holdout') }}

),

starts as (

    select
        fit_no,
        case
            when sum(positives) between 1 and sum(example_count) - 1
                then ln(sum(positives) / cast(sum(example_count) - sum(positives) as double))
                    - ln(
                        {{ stable_sum('example_count / (1e0 + exp(-logit_thousandths / 1000e0))') }}
                        / {{ stable_sum('example_count / (1e0 + exp(logit_thousandths / 1000e0))') }}
                    )
        end as shift
    from holdout
    group by fit_no

),
{% for step in range(steps) %}
{%- set before = 'starts' if step == 0 else 'step_' ~ step %}
step_{{ step + 1 }} as (

    select
        holdout.fit_no,
        max(before.shift) + greatest(-1e0, least(1e0,
            (sum(holdout.positives) - {{ stable_sum('holdout.example_count / (1e0 + exp(-holdout.logit_thousandths / 1000e0 - before.shift))') }})
            / nullif({{ stable_sum('holdout.example_count / (1e0 + exp(-holdout.logit_thousandths / 1000e0 - before.shift)) / (1e0 + exp(holdout.logit_thousandths / 1000e0 + before.shift))') }}, 0e0)
        )) as shift
    from holdout
    inner join {{ before }} as before on holdout.fit_no = before.fit_no
    group by holdout.fit_no

),
{% endfor %}
final as (

    select
        fit_no,
        coalesce({{ round_significant('shift', 6) }}, 0e0) as shift
    from step_{{ steps }}

)

select * from final
