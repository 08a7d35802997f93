{#-
  Guards what `evidence` promises: the figure of all time is the model's, that of the holdouts, or lies between the two; and a
  channel whose effect can be told always says what it rests on.
-#}
{{ config(group='behaviour') }}
with

figures as (

    select
        channel,
        evidence,
        verdict,
        orders_per_1000_contacts as figure,
        coalesce(case when evidence = 'holdout' then holdout_orders_per_1000_contacts else model_orders_per_1000_contacts end, 1e9) as one_end,
        coalesce(case when evidence = 'model' then model_orders_per_1000_contacts else holdout_orders_per_1000_contacts end, -1e9) as other_end
    from {{ ref('incremental_attribution') }}
    where period = 'all' and not is_total

)

select *
from figures
where
    (evidence is not null) != (verdict in ('adds_orders', 'takes_orders', 'not_shown'))
    or evidence is not null
    -- six digits of the figures, four decimals of the orders
    and not figure between
        least(one_end, other_end) - 1e-2 - 1e-4 * abs(figure)
        and greatest(one_end, other_end) + 1e-2 + 1e-4 * abs(figure)
