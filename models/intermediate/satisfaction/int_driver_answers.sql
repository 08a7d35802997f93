{#-
  One row per answer with its drivers in the slots of its metric: x1 … x12 as observed (capped,
  null where unknown or where the slot is empty), c1 … c12 and cy centred on the metric's mean for
  the regression, where unknown counts as zero or as average by the seed.
-#}
with

driver_values as (

    select * from {{ ref('int_driver_values') }}

),

slots as (

    select * from {{ ref('int_driver_slots') }}

),

-- 1. for each metric: which driver sits in which slot
metric_slots as (

    select
        metric,
        {{ slot_columns() }}
    from slots
    group by metric

),

slotted as (

    select
        driver_values.answer_id,
        driver_values.metric,
        driver_values.segment,
        driver_values.score,
        driver_values.score_class,
        driver_values.resample_unit,
        {{ slotted_columns() }}
    from driver_values
    inner join metric_slots on driver_values.metric = metric_slots.metric

),

-- 2. capped, filled and centred
filled as (

    select
        answer_id,
        metric,
        segment,
        score,
        score_class,
        resample_unit,
        {{ capped_columns() }}
    from slotted

),

means as (

    select
        metric,
        round(avg(score), 6) as mean_y,
        {{ slot_means() }}
    from filled
    group by metric

),

final as (

    select
        filled.answer_id,
        filled.metric,
        filled.segment,
        filled.score_class,
        filled.resample_unit,
        filled.score,
        filled.score - means.mean_y as cy,
        {{ centred_columns() }}
    from filled
    inner join means on filled.metric = means.metric

)

select * from final
