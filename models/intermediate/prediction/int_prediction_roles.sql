{#-
  One row per target and cutoff: what it is used for. The newest day whose horizon is over is the
  holdout; training days end before it begins, so that no label of one reaches into the other. Where
  there is but one such day, it trains and nothing is held out.
-#}
with

targets as (

    select * from {{ ref('int_prediction_targets') }}

),

cutoffs as (

    select * from {{ ref('int_prediction_cutoffs') }}

),

matured as (

    select
        targets.*,
        cutoffs.days_before,
        min(case when cutoffs.days_before >= targets.horizon_days then cutoffs.days_before end)
            over (partition by targets.fit_no) as newest_matured
    from targets
    cross join cutoffs

),

placed as (

    select
        *,
        case
            when days_before = 0 then 'score'
            when days_before = newest_matured then 'holdout'
            when days_before >= newest_matured + horizon_days then 'training'
        end as planned_role
    from matured

),

counted as (

    select
        *,
        count(case when planned_role = 'training' then 1 end) over (partition by fit_no) as training_days
    from placed

),

final as (

    select
        fit_no,
        target,
        target_kind,
        category_slot,
        horizon_days,
        rhythm_multiple,
        min_positives,
        days_before,
        case when planned_role = 'holdout' and training_days = 0 then 'training' else planned_role end as role
    from counted
    where planned_role is not null

)

select * from final
