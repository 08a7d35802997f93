{#- One row per problem of the catalogue of actions, in words. int_action_catalogue stops the build on any. -#}
{%- set identifier_types = ['email', 'phone', 'loyalty_card_no', 'social_id', 'device_id'] -%}
with

actions as (

    select * from {{ ref('actions') }}

),

conditions as (

    select * from {{ ref('action_conditions') }}

),

channels as (

    select * from {{ ref('action_channels') }}

),

limits as (

    select * from {{ ref('action_channel_limits') }}

),

stops as (

    select * from {{ ref('action_stops') }}

),

issues_of_rules as (

    select * from {{ ref('int_action_predicate_issues') }}

),

-- 1. what the rows of each seed lack, one judgement a row
judged_actions as (

    select
        coalesce(action, '(none)') as action,
        case
            when action is null or not {{ matches_regex('action', '^[a-z][a-z0-9_]*$') }}
                then 'its name is not snake_case'
            when
                label_en is null or label_zh is null or objective is null or description_en is null or description_zh is null
                or prior_source is null or rule_source is null
                then 'labels, descriptions, objective, prior_source and rule_source are all needed'
            when is_active is null then 'is_active is true or false'
            when cost is null or cost < 0 then 'cost is a number from 0'
            when reach_probability is null or reach_probability < 0 or reach_probability > 1 then 'reach_probability lies between 0 and 1'
            when value_horizon_days is null or value_horizon_days < 1 then 'value_horizon_days is 1 or more'
            when prior_effect is null or prior_weight is null or prior_weight <= 0 then 'prior_effect is a number, prior_weight one over 0'
            when (max_per_person is null) != (cap_window_days is null) or max_per_person < 0 or cap_window_days < 1
                then 'max_per_person and cap_window_days stand together, from 0 and from 1'
            when min_gap_days < 0 or max_per_day < 0 then 'min_gap_days and max_per_day are 0 or more'
            when required_consent is null or required_consent not in ('marketing', 'personalisation', 'none')
                then concat('required_consent is marketing, personalisation or none, not "', coalesce(required_consent, ''), '"')
            when offered_item not in ('buy_again', 'new_to_you')
                then concat('offered_item is buy_again, new_to_you or empty, not "', offered_item, '"')
            when required_consent = 'none' and action != 'do_nothing' then 'only do_nothing may do without consent'
            when action = 'do_nothing' and (not is_active or cost != 0 or prior_effect != 0 or required_consent != 'none')
                then 'is active, costs and brings nothing and needs no consent'
        end as message
    from actions

),

channels_by_action as (

    select
        actions.action,
        count(channels.action) as channel_count
    from actions
    left join channels on actions.action = channels.action
    group by actions.action

),

judged_channels as (

    select
        coalesce(channels.action, '(none)') as action,
        case
            when actions.action is null then 'actions has no such action'
            when limits.channel is null then 'action_channel_limits has no such channel'
            when channels.action = 'do_nothing' then 'doing nothing needs no channel'
            when channels.channel_rank is null then 'channel_rank is missing'
            when channels.extra_cost < 0 then 'extra_cost is 0 or more'
            when channels.reach_probability < 0 or channels.reach_probability > 1 then 'reach_probability lies between 0 and 1'
        end as message,
        coalesce(channels.channel, '(none)') as channel
    from channels
    left join actions on channels.action = actions.action
    left join limits on channels.channel = limits.channel

),

-- 2. a list of exceptions is sound if the names that are known fill it wholly
exceptions_known as (

    select
        stops.stop,
        stops.except_actions,
        sum(length(actions.action) + 1) as known_length
    from stops
    inner join actions on contains(concat('|', stops.except_actions, '|'), concat('|', actions.action, '|'))
    group by stops.stop, stops.except_actions

),

found as (

    select
        action,
        'broken_action' as problem,
        concat('action ', action, ': ', message) as message
    from judged_actions
    where message is not null
    union all
    select
        action,
        'duplicate_action' as problem,
        concat('action ', action, ': stands ', {{ as_text('count(*)') }}, ' times in actions; an action has one row') as message
    from actions
    group by action
    having count(*) > 1
    union all
    select
        'do_nothing' as action,
        'missing_action' as problem,
        'action do_nothing: is missing; leaving a person alone is an action' as message
    from actions
    having count(case when action = 'do_nothing' then 1 end) = 0
    union all
    select
        actions.action,
        'action_without_channel' as problem,
        concat('action ', actions.action, ': has no row in action_channels') as message
    from actions
    inner join channels_by_action on actions.action = channels_by_action.action
    where actions.is_active and actions.action != 'do_nothing' and channels_by_action.channel_count = 0
    union all
    select
        conditions.action,
        'condition_without_action' as problem,
        concat('action ', coalesce(conditions.action, '(none)'), ': has conditions but no row in actions') as message
    from conditions
    left join actions on conditions.action = actions.action
    where actions.action is null
    group by conditions.action
    union all
    select
        action,
        'duplicate_condition' as problem,
        concat('action ', action, ': condition ', {{ as_text('condition_number') }}, ' stands more than once') as message
    from conditions
    group by action, condition_number
    having count(*) > 1
    union all
    select
        action,
        'broken_channel' as problem,
        concat('action ', action, ', channel ', channel, ': ', message) as message
    from judged_channels
    where message is not null
    union all
    select
        action,
        'duplicate_channel' as problem,
        concat('action ', action, ', channel ', channel, ': stands more than once') as message
    from channels
    group by action, channel
    having count(*) > 1
    union all
    select
        '(channel)' as action,
        'broken_limit' as problem,
        concat('channel ', coalesce(channel, '(none)'), ': labels are needed, max_per_day is 0 or more, identifier_type one of {{ identifier_types | join(", ") }} or empty')
            as message
    from limits
    where
        channel is null or label_en is null or label_zh is null or max_per_day < 0
        or identifier_type not in ('{{ identifier_types | join("', '") }}')
    union all
    select
        '(channel)' as action,
        'duplicate_limit' as problem,
        concat('channel ', channel, ': stands more than once in action_channel_limits') as message
    from limits
    group by channel
    having count(*) > 1
    union all
    select
        coalesce(stops.action, '(none)') as action,
        'broken_stop' as problem,
        concat('stop ', coalesce(stops.stop, '(none)'), ': ', case
            when stops.label_en is null or stops.label_zh is null then 'labels are needed'
            else 'names an action that actions does not have'
        end) as message
    from stops
    left join actions on stops.action = actions.action
    left join exceptions_known on stops.stop = exceptions_known.stop
    where
        stops.label_en is null or stops.label_zh is null
        or stops.action is null or stops.action != '(all)' and actions.action is null
        or stops.except_actions is not null and coalesce(exceptions_known.known_length, 0) != length(stops.except_actions) + 1
    union all
    select
        action,
        problem,
        message
    from issues_of_rules

),

final as (

    select
        coalesce(action, '(none)') as action,
        problem,
        message
    from found

)

select * from final
