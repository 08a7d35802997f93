{#-
  One row per bootstrap sample (0: the people as they are) and channel whose effect can be told: orders that a day of full stock adds, by the
  model, by the holdouts of actions, or by both. Each weighs by the inverse of its variance; the model may be
  biased, the lot cannot, so that what the two differ beyond chance counts as variance of the model.
-#}
with

draws as (

    select * from {{ ref('int_incremental_draws') }}

),

evidence as (

    select * from {{ ref('int_incremental_evidence') }}
    where evidence is not null

),

-- 1. every sample judges the difference anew, so that the weight is part of what is uncertain
compared as (

    select
        draws.replicate,
        draws.channel,
        draws.kernel_no,
        draws.effect,
        draws.stock_per_contact,
        draws.by_model,
        draws.by_lot,
        evidence.evidence,
        evidence.scale,
        evidence.model_variance,
        evidence.lot_variance,
        greatest(0e0, (draws.by_lot - draws.by_model) * (draws.by_lot - draws.by_model) - evidence.difference_variance) as bias
    from draws
    inner join evidence on draws.channel = evidence.channel

),

weighed as (

    select
        *,
        {{ safe_divide('model_variance + bias', 'model_variance + bias + lot_variance') }} as lot_weight
    from compared

),

final as (

    select
        replicate,
        channel,
        kernel_no,
        scale,
        case evidence
            when 'model' then effect
            when 'holdout' then coalesce({{ safe_divide('by_lot', 'stock_per_contact') }}, 0e0)
            else coalesce({{ round_significant(safe_divide('lot_weight * by_lot + (1e0 - lot_weight) * by_model', 'stock_per_contact'), 9) }}, 0e0)
        end as effect
    from weighed

)

select * from final
