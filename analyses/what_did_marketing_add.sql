{#-
  What did marketing add: per channel, over all time, the orders that would not have happened without it, with its interval,
  beside the orders that the last touch before them credits it with, and what an added order cost. Channels whose effect cannot be
  told say why, and so do holdouts of actions. The sum and what would have happened anyway come last.
-#}
with

incremental as (

    select * from {{ ref('incremental_attribution') }}
    where period = 'all'

),

credited as (

    select
        channel,
        sum(conversions) as last_touch_orders
    from {{ ref('channel_attribution') }}
    where goal = 'order' and model = 'last'
    group by channel

),

final as (

    select
        incremental.channel,
        incremental.verdict,
        round(incremental.incremental_orders, 1) as incremental_orders,
        round(incremental.orders_low, 1) as orders_low,
        round(incremental.orders_high, 1) as orders_high,
        round(credited.last_touch_orders, 1) as last_touch_orders,
        incremental.orders_per_1000_contacts,
        incremental.cost,
        incremental.cost_per_incremental_order,
        incremental.incremental_roas,
        incremental.evidence,
        incremental.reason,
        incremental.reason_zh,
        incremental.holdout_reason,
        incremental.holdout_reason_zh
    from incremental
    left join credited on incremental.channel = credited.channel

)

select * from final
order by
    case channel when '(would have happened)' then 2 when '(all marketing)' then 1 else 0 end asc,
    incremental_orders desc nulls last,
    channel asc
