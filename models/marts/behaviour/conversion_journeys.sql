{#- One row per goal and sequence of channels that led to it, runs of one channel collapsed. -#}
{%- set shown = var('path_max_steps') | int -%}
with

journeys as (

    select * from {{ ref('int_attribution_journeys') }}

),

orders as (

    select * from {{ ref('orders') }}

),

goals as (

    select * from {{ ref('attribution_goals') }}

),

with_previous as (

    select
        *,
        lag(channel) over (partition by order_id order by touch_number asc) as previous_channel
    from journeys

),

-- 1. the last channels before the order; what lay before them is an ellipsis
collapsed as (

    select
        order_id,
        channel,
        touch_number,
        row_number() over (partition by order_id order by touch_number desc) as steps_to_order
    from with_previous
    where previous_channel is null or previous_channel != channel

),

sequences as (

    select
        order_id,
        {{ ordered_string_agg(
            "case when steps_to_order <= " ~ shown ~ " then channel when steps_to_order = " ~ (shown + 1) ~ " then '…' end",
            ' > ', 'touch_number'
        ) }} as touch_sequence,
        count(*) as sequence_length
    from collapsed
    group by order_id

),

first_touches as (

    select
        order_id,
        max(days_before) as days
    from journeys
    group by order_id

),

described as (

    select
        orders.order_id,
        coalesce(orders.customer_id, concat('order:', orders.order_id)) as buyer,
        orders.channel,
        orders.customer_order_number,
        orders.net_revenue,
        coalesce(sequences.touch_sequence, '(none)') as touch_sequence,
        coalesce(sequences.sequence_length, 0) as sequence_length,
        first_touches.days
    from orders
    left join sequences on orders.order_id = sequences.order_id
    left join first_touches on orders.order_id = first_touches.order_id

),

final as (

    select
        -- key
        goals.goal,
        described.touch_sequence,
        described.channel = 'store' as ends_in_store,

        -- measures
        cast(max(described.sequence_length) as bigint) as sequence_length,
        count(distinct described.buyer) as customers,
        count(*) as conversions,
        median(described.days) as median_days,
        cast(sum(described.net_revenue) as decimal(18, 2)) as revenue
    from goals
    inner join described
        on
            (goals.channels is null or array_contains({{ split_text('cast(goals.channels as string)', '|') }}, described.channel))
            and (goals.min_order_number is null or described.customer_order_number >= cast(goals.min_order_number as bigint))
            and (goals.max_order_number is null or described.customer_order_number <= cast(goals.max_order_number as bigint))
    group by goals.goal, described.touch_sequence, described.channel = 'store'

)

select * from final
