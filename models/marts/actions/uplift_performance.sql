{#-
  One row per action, uplift model and tenth of the people it is judged by (0: all of them): predicted and
  observed uplift, and whether the model tells better than the mean effect whom to treat.
-#}
with

curved as (

    select * from {{ ref('int_uplift_curve') }}

),

verdicts as (

    select * from {{ ref('int_uplift_verdicts') }}

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
        verdicts.beats_mean_effect,
        verdicts.is_used,
        case
            when verdicts.is_used
                then 'The half that should answer better does, beyond chance, in the time after the one learnt from, also among people of one segment: the choice uses it.'
            when verdicts.beats_mean_effect and verdicts.holds_within_segments
                then 'The half that should answer better does, beyond chance; the choice uses the other model, which does better.'
            when verdicts.beats_mean_effect
                then 'The half that should answer better does, beyond chance, in the time after the one learnt from, but no more than the segments tell: the choice keeps to them.'
            else 'Does not tell beyond chance whom to treat: the effect of the segment is the better guide.'
        end as reason,
        case
            when verdicts.is_used
                then '在学习期之后，预测响应较好的一半确实更好，且超出偶然，在同一分层内也是如此：选择采用该模型。'
            when verdicts.beats_mean_effect and verdicts.holds_within_segments
                then '预测响应较好的一半确实更好，且超出偶然；选择采用效果更佳的另一模型。'
            when verdicts.beats_mean_effect
                then '在学习期之后，预测响应较好的一半确实更好，且超出偶然，但未超出分层所示：选择仍以分层效果为准。'
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
        verdicts.qini,
        verdicts.half_difference,
        verdicts.half_difference_low,
        verdicts.half_difference_high
    from unioned
    inner join verdicts
        on
            unioned.action = verdicts.action
            and unioned.uplift_model = verdicts.uplift_model

)

select * from final
