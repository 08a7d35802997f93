{#-
  One row per action and uplift model: whether it tells better than the mean effect whom to treat, in the time after
  the one learnt from, and how much of its differences between people of one segment came true. The choice uses the
  better of the models that do both beyond chance (is_used).
-#}
with

curved as (

    select * from {{ ref('int_uplift_curve') }}

),

scores as (

    select * from {{ ref('int_uplift_scores') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

halves as (

    select
        action,
        uplift_model,
        {{ stable_sum('case when decile < 10 then curve else 0e0 end') }} / 10e0
        + {{ stable_sum('case when decile = 10 then curve else 0e0 end') }} / 20e0
        - {{ stable_sum('case when decile = 10 then curve else 0e0 end') }} / 2e0 as qini
        {%- for half, condition in [('upper', 'decile <= 5'), ('lower', 'decile > 5')] %}
        {%- for group in ['treated', 'holdout'] %},
        cast(sum(case when {{ condition }} then {{ group }} else 0 end) as double) as {{ half }}_{{ group }},
        {{ safe_divide(
            'sum(case when ' ~ condition ~ ' then ' ~ group ~ '_orders else 0e0 end)',
            'sum(case when ' ~ condition ~ ' then ' ~ group ~ ' else 0 end)'
        ) }} as {{ half }}_{{ group }}_rate
        {%- endfor %}
        {%- endfor %}
    from curved
    group by action, uplift_model

),

-- 1. the better half answers more than the other, beyond chance
judged as (

    select
        halves.action,
        halves.uplift_model,
        halves.qini,
        (halves.upper_treated_rate - halves.upper_holdout_rate) - (halves.lower_treated_rate - halves.lower_holdout_rate) as half_difference,
        sqrt(
            {%- for half in ['upper', 'lower'] %}{% set outer = loop.last %}{% for group in ['treated', 'holdout'] %}
            coalesce(
                halves.{{ half }}_{{ group }}_rate * (1e0 - halves.{{ half }}_{{ group }}_rate)
                / nullif(halves.{{ half }}_{{ group }}, 0e0), 0e0
            )
            {{- '' if outer and loop.last else ' +' }}
            {%- endfor %}{% endfor %}
        ) as half_error,
        0.5e0 + rules.interval_level / 2e0 as interval_point,
        -- many actions and models are tried: they share the allowed error
        1e0 - rules.verdict_error / 2e0 / count(*) over () as verdict_point
    from halves
    cross join rules

),

with_z as (

    select
        *,
        {{ normal_quantile('interval_point') }} as interval_z,
        {{ normal_quantile('verdict_point') }} as verdict_z
    from judged

),

called as (

    select
        *,
        -- the last bits of a sum decide nothing
        coalesce(round(qini, 9) > 0e0 and round(half_difference - verdict_z * half_error, 9) > 0e0, false) as beats_mean_effect
    from with_z

),

-- 2. within a segment: what a person answered (in expectation the uplift) on what was foretold. Segments have effects of their own already
sizes as (

    select
        action,
        uplift_model,
        {{ safe_divide('count(case when is_treated then 1 end)', 'count(*)') }} as treated_share
    from scores
    group by action, uplift_model

),

answers as (

    select
        scores.action,
        scores.uplift_model,
        scores.segment,
        scores.predicted_uplift,
        case
            when scores.is_treated then {{ safe_divide('scores.label', 'sizes.treated_share') }}
            else -{{ safe_divide('scores.label', '(1e0 - sizes.treated_share)') }}
        end as answer
    from scores
    inner join sizes on scores.action = sizes.action and scores.uplift_model = sizes.uplift_model

),

means as (

    select
        action,
        uplift_model,
        segment,
        {{ stable_avg('predicted_uplift') }} as mean_predicted,
        {{ stable_avg('answer') }} as mean_answer
    from answers
    group by action, uplift_model, segment

),

products as (

    select
        answers.action,
        answers.uplift_model,
        answers.predicted_uplift - means.mean_predicted as foretold,
        answers.answer - means.mean_answer as answered
    from answers
    inner join means
        on
            answers.action = means.action
            and answers.uplift_model = means.uplift_model
            and answers.segment = means.segment

),

slopes as (

    select
        action,
        uplift_model,
        {{ stable_sum('foretold * answered') }} as foretold_answered,
        {{ stable_sum('foretold * foretold') }} as foretold_squares,
        {{ stable_sum('foretold * foretold * answered * answered') }} as meat,
        {{ stable_sum('foretold * foretold * foretold * answered') }} as meat_slope,
        {{ stable_sum('foretold * foretold * foretold * foretold') }} as meat_square
    from products
    group by action, uplift_model

),

sloped as (

    select
        action,
        uplift_model,
        {{ safe_divide('foretold_answered', 'round(foretold_squares, 12)') }} as slope,
        foretold_squares,
        meat,
        meat_slope,
        meat_square
    from slopes

),

erred as (

    select
        action,
        uplift_model,
        slope,
        -- the error holds whatever the variance of a person's answer
        {{ safe_divide(
            'sqrt(greatest(0e0, meat - 2e0 * slope * meat_slope + slope * slope * meat_square))', 'round(foretold_squares, 12)'
        ) }} as slope_error
    from sloped

),

proven as (

    select
        called.*,
        {{ round_significant('least(greatest(erred.slope, 0e0), 1e0)', 6) }} as used_share,
        coalesce(round(erred.slope - called.verdict_z * erred.slope_error, 9) > 0e0, false) as holds_within_segments
    from called
    left join erred on called.action = erred.action and called.uplift_model = erred.uplift_model

),

final as (

    select
        -- key
        action,
        uplift_model,

        -- attributes
        beats_mean_effect,
        holds_within_segments,
        beats_mean_effect
        and holds_within_segments
        and row_number() over (
            partition by action, beats_mean_effect and holds_within_segments order by qini desc, uplift_model asc
        ) = 1 as is_used,

        -- measures
        qini,
        half_difference,
        half_difference - interval_z * half_error as half_difference_low,
        half_difference + interval_z * half_error as half_difference_high,
        used_share
    from proven

)

select * from final
