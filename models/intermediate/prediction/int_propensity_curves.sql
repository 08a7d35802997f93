{#-
  One row per target, model, split and score: examples and cases of that score, and of those above it.
  `holdout`: what the training days predicted; `recalibrated`: the same days after the log-odds were moved,
  which is the score that is published.
-#}
with

cells as (

    select * from {{ ref('int_propensity_cells') }}
    where role = 'holdout'

),

baselines as (

    select * from {{ ref('int_propensity_baselines') }}

),

holdout as (

    select * from {{ ref('int_propensity_holdout') }}

),

shifts as (

    select * from {{ ref('int_propensity_shifts') }}

),

base_rates as (

    select
        fit_no,
        max(base_rate) as base_rate
    from baselines
    group by fit_no

),

-- 1. a bin that no training day had: the base rate
unioned as (

    {%- for model, bin in [('base_rate', '0'), ('recency_only', 'cells.recency_bin'), ('alive_only', 'cells.alive_bin')] %}
    select
        cells.fit_no,
        '{{ model }}' as model,
        'holdout' as split,
        coalesce(baselines.rate, base_rates.base_rate) as score,
        cells.example_count,
        cells.positives
    from cells
    inner join base_rates on cells.fit_no = base_rates.fit_no
    left join baselines
        on
            cells.fit_no = baselines.fit_no
            and baselines.model = '{{ model }}'
            and {{ bin }} = baselines.bin
    union all
    {%- endfor %}
    select
        fit_no,
        'logistic' as model,
        'holdout' as split,
        1e0 / (1e0 + exp(-logit_thousandths / 1000e0)) as score,
        example_count,
        positives
    from holdout
    union all
    select
        holdout.fit_no,
        'logistic' as model,
        'recalibrated' as split,
        1e0 / (1e0 + exp(-{{ moved_logit('(holdout.logit_thousandths / 1000e0)') }})) as score,
        holdout.example_count,
        holdout.positives
    from holdout
    inner join shifts on holdout.fit_no = shifts.fit_no

),

rounded as (

    select
        *,
        {{ round_significant('score', 9) }} as rounded_score
    from unioned

),

grouped as (

    select
        fit_no,
        model,
        split,
        rounded_score as score,
        cast(sum(example_count) as bigint) as example_count,
        cast(sum(positives) as bigint) as positives
    from rounded
    group by fit_no, model, split, rounded_score

),

-- 2. what lies above each score
final as (

    {{ scores_in_order('grouped', 'fit_no, model, split') }}

)

select * from final
