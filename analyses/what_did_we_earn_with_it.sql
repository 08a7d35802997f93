{#-
  What did we earn with it: per action, over all its history, what treated people brought beyond those held out, with its
  interval, what the contacts cost, and whether that is proof or chance. Actions without a holdout say so; nothing is
  compared with before. A row is one action by itself, per person from the first contact, among the other actions that both groups met;
  `(all actions)` is all of them against none, once people who get nothing are in the log. Rows do not add up to it where actions work for or
  against each other; the flags say where that and other things weigh.
-#}
with

performance as (

    select * from {{ ref('action_performance') }}
    where period = 'all' and segment = 'all'

),

final as (

    select
        action,
        action_label_en,
        action_label_zh,
        measurement,
        value_verdict,
        treated,
        holdout,
        value_adjusted_effect as value_per_person,
        value_adjusted_low as value_per_person_low,
        value_adjusted_high as value_per_person_high,
        value_gained,
        cost,
        net_gain,
        net_gain_low,
        net_gain_high,
        return_on_cost,
        is_small_sample,
        has_interference,
        is_contaminated,
        reason,
        reason_zh
    from performance

)

select * from final
order by net_gain desc nulls last, action asc
