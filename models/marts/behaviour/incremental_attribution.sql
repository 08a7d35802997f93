{#-
  One row per period (`all`, or a month) and marketing channel: the orders that would not have happened without it.
  `(all marketing)` is their sum, `(would have happened)` the orders that remain.
-#}
with

credits as (

    select * from {{ ref('int_incremental_credits') }}

),

judgements as (

    select * from {{ ref('int_incremental_judgements') }}

),

evidence as (

    select * from {{ ref('int_incremental_evidence') }}

),

channels as (

    select * from {{ ref('int_incremental_channels') }}

),

reached as (

    select * from {{ ref('int_incremental_reached') }}

),

claims as (

    select * from {{ ref('int_attribution_touches') }}

),

orders as (

    select * from {{ ref('orders') }}
    where status != 'cancelled'

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. orders of each period
order_periods as (

    select
        ordered_on,
        net_revenue,
        'all' as period
    from orders
    union all
    select
        ordered_on,
        net_revenue,
        {{ year_month('ordered_on') }} as period
    from orders

),

periods as (

    select
        period,
        count(*) as order_count,
        cast(sum(net_revenue) as double) / cast(count(*) as double) as revenue_per_order,
        min(ordered_on) as first_on
    from order_periods
    group by period

),

-- 2. what can be told; what cannot has one row, and says why
told as (

    select
        credits.period,
        credits.channel,
        'measured' as judgement,
        credits.incremental_orders,
        credits.orders_low,
        credits.orders_high
    from credits
    inner join periods on credits.period = periods.period

    union all

    select
        'all' as period,
        channels.channel,
        coalesce(judgements.judgement, 'too_few_contacts') as judgement,
        cast(null as double) as incremental_orders,
        cast(null as double) as orders_low,
        cast(null as double) as orders_high
    from channels
    left join judgements on channels.channel = judgements.channel
    left join evidence on channels.channel = evidence.channel
    where evidence.evidence is null

    union all

    select
        'all' as period,
        claims.channel,
        'person_sets_moment' as judgement,
        cast(null as double) as incremental_orders,
        cast(null as double) as orders_low,
        cast(null as double) as orders_high
    from claims
    anti join channels on claims.channel = channels.channel
    group by claims.channel

    union all

    select
        periods.period,
        '(would have happened)' as channel,
        'remainder' as judgement,
        round(periods.order_count - coalesce(credits.incremental_orders, 0e0), 4) as incremental_orders,
        round(periods.order_count - credits.orders_high, 4) as orders_low,
        round(periods.order_count - credits.orders_low, 4) as orders_high
    from periods
    left join credits
        on
            periods.period = credits.period
            and credits.channel = '(all marketing)'

),

joined as (

    select
        told.*,
        case
            when told.judgement != 'measured' then told.judgement
            when told.orders_low > 0e0 then 'adds_orders'
            when told.orders_high < 0e0 then 'takes_orders'
            else 'not_shown'
        end as verdict,
        periods.order_count,
        periods.revenue_per_order,
        periods.first_on,
        coalesce(reached.contacts, 0) as contacts,
        coalesce(reached.people, 0) as people,
        judgements.scale,
        judgements.half_life_days,
        judgements.orders_before,
        case when told.judgement = 'measured' then evidence.evidence end as evidence,
        evidence.holdout_finding,
        case when judgements.judgement = 'measured' then 1000e0 * evidence.by_model end as model_orders_per_1000_contacts,
        1000e0 * evidence.by_lot as holdout_orders_per_1000_contacts,
        1000e0 * evidence.lot_low as holdout_low,
        1000e0 * evidence.lot_high as holdout_high,
        evidence.treated as holdout_treated,
        evidence.holdout as holdout_held_out,
        evidence.first_stage_f as holdout_first_stage_f,
        evidence.difference_p_value as holdout_p_value,
        case when told.judgement != 'remainder' then coalesce(reached.cost, 0e0) end as cost
    from told
    inner join periods on told.period = periods.period
    left join judgements on told.channel = judgements.channel
    left join evidence on told.channel = evidence.channel
    left join reached
        on
            told.period = reached.period
            and told.channel = reached.channel

),

final as (

    select
        -- key
        joined.period,
        joined.channel,

        -- attributes
        joined.channel = '(all marketing)' as is_total,
        case when joined.period != 'all' then {{ date_trunc_to('month', 'joined.first_on') }} end as period_start,
        case
            when joined.period = 'all' then true
            else {{ is_period_over(date_trunc_to('month', 'joined.first_on'), 'reference_date.as_of', 'month') }}
        end as is_complete,
        joined.verdict,
        {{ incremental_reason('joined.verdict', 'joined.evidence') }} as reason,
        {{ incremental_reason('joined.verdict', 'joined.evidence', 'zh') }} as reason_zh,
        joined.evidence,
        joined.holdout_finding,
        {{ holdout_reason('joined.holdout_finding') }} as holdout_reason,
        {{ holdout_reason('joined.holdout_finding', 'zh') }} as holdout_reason_zh,

        -- measures
        joined.order_count,
        joined.contacts,
        joined.people,
        joined.incremental_orders,
        joined.orders_low,
        joined.orders_high,
        {{ round_significant(safe_divide('joined.incremental_orders', 'joined.order_count')) }} as share_of_orders,
        {{ round_significant(safe_divide('1000e0 * joined.incremental_orders', 'joined.contacts * joined.scale')) }} as orders_per_1000_contacts,
        cast(round(joined.incremental_orders * joined.revenue_per_order, 2) as decimal(18, 2)) as incremental_revenue,
        cast(round(joined.cost, 2) as decimal(18, 2)) as cost,
        case when joined.verdict = 'adds_orders'
            then {{ round_significant(safe_divide('joined.incremental_orders * joined.revenue_per_order', 'joined.cost')) }}
        end as incremental_roas,
        case when joined.verdict = 'adds_orders' and joined.cost > 0e0
            then {{ round_significant(safe_divide('joined.cost', 'joined.incremental_orders')) }}
        end as cost_per_incremental_order,
        joined.orders_before,
        cast(joined.half_life_days as int) as half_life_days,
        {{ round_significant('joined.model_orders_per_1000_contacts') }} as model_orders_per_1000_contacts,
        {{ round_significant('joined.holdout_orders_per_1000_contacts') }} as holdout_orders_per_1000_contacts,
        {{ round_significant('joined.holdout_low') }} as holdout_low,
        {{ round_significant('joined.holdout_high') }} as holdout_high,
        joined.holdout_treated,
        joined.holdout_held_out,
        joined.holdout_first_stage_f,
        joined.holdout_p_value
    from joined
    cross join reference_date

)

select * from final
