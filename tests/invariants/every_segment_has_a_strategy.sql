{#- Guards that whoever adds a segment also says what to do with it: each RFM segment and business group has one strategy, with an action and a channel that may carry it. -#}
{{ config(group='actions') }}
with

segments as (

    select
        'rfm' as segmentation,
        segment
    from {{ ref('rfm_segments') }}

    union all

    select
        'business_group' as segmentation,
        business_group as segment
    from {{ ref('rfm_business_groups') }}

),

strategies as (

    select
        segmentation,
        segment,
        count(*) as strategies
    from {{ ref('segment_strategy_rules') }}
    group by segmentation, segment

),

channels as (

    select
        action,
        channel
    from {{ ref('action_channels') }}

)

select
    'not one strategy' as problem,
    coalesce(segments.segmentation, strategies.segmentation) as segmentation,
    coalesce(segments.segment, strategies.segment) as segment
from segments
full outer join strategies
    on
        segments.segmentation = strategies.segmentation
        and segments.segment = strategies.segment
where coalesce(strategies.strategies, 0) != 1 or segments.segment is null

union all

select
    'channel that the action does not have, or words missing' as problem,
    rules.segmentation,
    rules.segment
from {{ ref('segment_strategy_rules') }} as rules
left join channels on rules.action = channels.action and rules.channel = channels.channel
where
    channels.channel is null and rules.channel != '(none)'
    or rules.strategy_en is null or rules.strategy_zh is null or rules.reason_en is null or rules.reason_zh is null
    or rules.objective_label_en is null or rules.objective_label_zh is null
