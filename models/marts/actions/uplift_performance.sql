{#-
  One row per action, uplift model and tenth of the people it is judged by (0: all of them): predicted and
  observed uplift, and whether the model tells better than the mean effect whom to treat.
-#}
with

scores as (

    select * from {{ ref('int_uplift_scores') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

-- 1. observed uplift of each tenth, of the people down to it, of the better half, and of all
deciles as (

    select
        action,
        uplift_model,
        decile,
        count(case when is_treated then 1 end) as treated,
        count(case when not is_treated then 1 end) as holdout,
        sum(case when is_treated then label else 0e0 end) as treated_orders,
        sum(case when not is_treated then label else 0e0 end) as holdout_orders,
        {{ stable_sum('predicted_uplift') }} as predicted
    from scores
    group by action, uplift_model, decile

),

cumulated as (

    select
        *,
        sum(treated) over (partition by action, uplift_model order by decile) as treated_so_far,
        sum(holdout) over (partition by action, uplift_model order by decile) as holdout_so_far,
        sum(treated_orders) over (partition by action, uplift_model order by decile) as treated_orders_so_far,
        sum(holdout_orders) over (partition by action, uplift_model order by decile) as holdout_orders_so_far,
        sum(treated) over (partition by action, uplift_model) as all_treated
    from deciles

),

-- 2. Qini: orders won by treating the first tenths, per treated person, less what a random order wins
curved as (

    select
        *,
        coalesce((treated_orders_so_far - holdout_orders_so_far * {{ safe_divide('treated_so_far', 'holdout_so_far') }})
        / nullif(all_treated, 0), 0e0) as curve
    from cumulated

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

-- 3. the better half answers more than the other, beyond chance
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

unioned as (

    select
        action,
        uplift_model,
        decile,
        treated,
        holdout,
        treated_orders,
        holdout_orders,
        predicted,
        curve
    from curved
    union all
    select
        action,
        uplift_model,
        0 as decile,
        sum(treated) as treated,
        sum(holdout) as holdout,
        sum(treated_orders) as treated_orders,
        sum(holdout_orders) as holdout_orders,
        {{ stable_sum('predicted') }} as predicted,
        sum(case when decile = 10 then curve else 0e0 end) as curve
    from curved
    group by action, uplift_model

),

final as (

    select
        -- key
        unioned.action,
        unioned.uplift_model,
        cast(unioned.decile as int) as decile,

        -- attributes
        called.beats_mean_effect,
        case
            when called.beats_mean_effect
                then 'The half that should answer better does, beyond chance, in the time after the one learnt from.'
            else 'Does not tell beyond chance whom to treat: the effect of the segment is the better guide.'
        end as reason,
        case
            when called.beats_mean_effect
                then '在学习期之后，预测响应较好的一半确实更好，且超出偶然。'
            else '未能超出偶然地分辨应触达谁：以分层效果为准。'
        end as reason_zh,

        -- measures
        cast(unioned.treated as bigint) as treated,
        cast(unioned.holdout as bigint) as holdout,
        {{ safe_divide('unioned.predicted', '(unioned.treated + unioned.holdout)') }} as predicted_uplift,
        case
            when unioned.treated >= {{ least_group() }} and unioned.holdout >= {{ least_group() }}
                then {{ safe_divide('unioned.treated_orders', 'unioned.treated') }} - {{ safe_divide('unioned.holdout_orders', 'unioned.holdout') }}
        end as observed_uplift,
        unioned.curve as qini_curve,
        called.qini,
        called.half_difference,
        called.half_difference - called.interval_z * called.half_error as half_difference_low,
        called.half_difference + called.interval_z * called.half_error as half_difference_high
    from unioned
    inner join called
        on
            unioned.action = called.action
            and unioned.uplift_model = called.uplift_model

)

select * from final
