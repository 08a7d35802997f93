{#- One row per target, model, split and tenth of the scores: what was predicted, and what came. -#}
with

curves as (

    select * from {{ ref('int_propensity_curves') }}

),

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

tenths as (

    select
        fit_no,
        model,
        split,
        decile,
        cast(sum(example_count) as bigint) as example_count,
        cast(sum(positives) as bigint) as positives,
        {{ safe_divide(stable_sum('example_count * score'), 'sum(example_count)') }} as predicted_rate,
        {{ safe_divide('sum(positives)', 'sum(example_count)') }} as observed_rate
    from curves
    group by fit_no, model, split, decile

),

final as (

    select
        -- key
        targets.target,
        tenths.model,
        tenths.split,
        tenths.decile,

        -- measures
        tenths.example_count as rows,
        tenths.positives,
        {{ round_significant('tenths.predicted_rate', 6) }} as predicted_rate,
        {{ round_significant('tenths.observed_rate', 6) }} as observed_rate,
        {{ wilson_low('tenths.positives', 'tenths.example_count') }} as observed_low,
        {{ wilson_high('tenths.positives', 'tenths.example_count') }} as observed_high
    from tenths
    inner join targets on tenths.fit_no = targets.fit_no

)

select * from final
