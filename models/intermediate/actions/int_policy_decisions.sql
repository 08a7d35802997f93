{#-
  One row per logged action whose days are over and whose probabilities are known: what was done
  (the action, or `(nothing)` where the person was held out), with which chance, and what came of it
  by objective (orders; value less the cost of contact), in a window that is equal for all actions.
-#}
with

outcomes as (

    select * from {{ ref('int_action_outcomes') }}

),

final as (

    select
        -- key
        action_log_id,

        -- attributes
        customer_id,
        segment,
        case when is_treated then action else '(nothing)' end as arm,
        case
            when is_treated then selection_probability * (1e0 - holdout_share)
            else holdout_share
        end as chance,

        -- measures
        cast(window_orders as double) as orders,
        cast(pre_orders as double) as orders_before,
        window_value - cost as value,
        pre_value as value_before
    from outcomes
    where
        is_window_over
        and selection_probability > 0e0
        and holdout_share between 0e0 and 1e0
        -- what could not happen has happened: the log is wrong there
        and case
            when is_treated then holdout_share < 1e0
            else holdout_share > 0e0
        end

)

select * from final
