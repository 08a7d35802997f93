{#- One row per person with consent to analytics: the action of the day, what it should bring, and why it and not another. -#}
with

choices as (

    select * from {{ ref('int_action_choices') }}

),

people as (

    select * from {{ ref('int_action_facts') }}

),

blocks as (

    select * from {{ ref('int_action_blocks') }}

),

catalogue as (

    select * from {{ ref('int_action_catalogue') }}

),

channel_limits as (

    select * from {{ ref('action_channel_limits') }}

),

value_tiers as (

    select * from {{ ref('value_tiers') }}

),

-- 1. the option that would be best by value alone, for the words of doing nothing
best_others as (

    select * from {{ ref('int_action_ranked') }}
    where action != 'do_nothing'
    qualify row_number() over (partition by customer_id order by net_value desc, action asc) = 1

),

action_counts as (

    select count(*) - 1 as action_count from catalogue

),

-- 2. numbers become words
worded as (

    select
        choices.*,
        people.has_marketing_consent,
        people.as_of,
        coalesce(blocks.fitting_count, 0) as fitting_count,
        blocks.blocked_by,
        blocks.block_en,
        blocks.block_zh,
        catalogue.label_en,
        catalogue.label_zh,
        catalogue.objective,
        catalogue.offer,
        coalesce(channel_limits.label_en, '') as channel_label_en,
        coalesce(channel_limits.label_zh, '') as channel_label_zh,
        best_catalogue.label_en as best_label_en,
        best_catalogue.label_zh as best_label_zh,
        other_catalogue.label_en as best_other_label_en,
        other_catalogue.label_zh as best_other_label_zh,
        {{ as_text(to_decimal('choices.expected_effect', 4)) }} as effect_text,
        {{ as_text(to_decimal('choices.expected_value')) }} as value_text,
        {{ as_text('choices.cost') }} as cost_text,
        {{ as_text(to_decimal('choices.net_value')) }} as net_text,
        {{ as_text(to_decimal('choices.highest_net_value')) }} as highest_text,
        {{ as_text(to_decimal('best_others.net_value')) }} as best_other_text,
        {{ as_text(to_decimal('choices.selection_probability', 4)) }} as probability_text,
        {{ as_text('coalesce(blocks.fitting_count, 0)') }} as fitting_text,
        {{ as_text('choices.option_count - 1') }} as other_count_text,
        {{ as_text('action_counts.action_count') }} as action_count_text,
        case choices.effect_basis when 'measured' then 'measured' when 'uplift' then 'measured, and told apart by the person''s orders' when 'pooled' then 'measured over all segments and drawn to the assumption' else 'assumed' end as basis_en,
        case choices.effect_basis when 'measured' then '实测' when 'uplift' then '实测，并按客户自身的订单细分' when 'pooled' then '全体实测并向假设收缩' else '假设' end as basis_zh,
        case when choices.is_exploration then '; drawn by lot, so that its effect can be learnt' else '' end as lot_en,
        case when choices.is_exploration then '；随机抽取，用于了解效果' else '' end as lot_zh,
        case
            when choices.is_held_out_of_all then '; held out of all actions: not to be contacted'
            when choices.is_holdout then '; held out of this action: not to be contacted'
            else ''
        end as holdout_en,
        case
            when choices.is_held_out_of_all then '；属所有行动的对照组：不触达'
            when choices.is_holdout then '；属该行动的对照组：不触达'
            else ''
        end as holdout_zh,
        coalesce(value_tiers.label_zh, '尚无订单') as segment_label_zh
    from choices
    cross join action_counts
    inner join people on choices.customer_id = people.customer_id
    inner join catalogue on choices.action = catalogue.action
    left join catalogue as best_catalogue on choices.most_valuable_action = best_catalogue.action
    left join best_others on choices.customer_id = best_others.customer_id
    left join catalogue as other_catalogue on best_others.action = other_catalogue.action
    left join channel_limits on choices.channel = channel_limits.channel
    left join value_tiers on choices.segment = value_tiers.value_tier
    left join blocks on choices.customer_id = blocks.customer_id

),

final as (

    select
        -- key
        customer_id,

        -- attributes
        action,
        label_en as action_label_en,
        label_zh as action_label_zh,
        objective,
        offer,
        offered_item,
        channel,
        segment,
        effect_basis,
        {{ action_reason('en') }} as reason,
        {{ action_reason('zh') }} as reason_zh,
        case when action = 'do_nothing' then case
            when not has_marketing_consent then 'no_consent'
            when is_exploration then 'lot'
            when option_count = 1 and fitting_count = 0 then 'no_action_fits'
            when option_count = 1 then coalesce(blocked_by, 'no_estimate_or_harm')
            when highest_net_value > 0 then 'limit'
            else 'nothing_pays'
        end end as nothing_because,
        concat_ws(
            ', ',
            case when second_action is not null then concat(second_action, ' (', {{ as_text(to_decimal('second_net_value')) }}, ')') end,
            case when third_action is not null then concat(third_action, ' (', {{ as_text(to_decimal('third_net_value')) }}, ')') end
        ) as alternatives,
        second_action,
        third_action,
        is_holdout,
        is_held_out_of_all,
        is_exploration,
        cast(row_number() over (
            order by case when action = 'do_nothing' then 1 else 0 end asc, surplus desc, net_value desc, customer_id asc
        ) as bigint) as priority,

        -- measures
        expected_effect,
        {{ to_decimal('expected_value', 4) }} as expected_value,
        cost,
        cast({{ to_decimal("expected_value", 4) }} - cost as decimal(18, 4)) as net_value,
        {{ to_decimal('second_net_value', 4) }} as second_net_value,
        {{ to_decimal('third_net_value', 4) }} as third_net_value,
        reach_probability,
        selection_probability,
        case when is_held_out_of_all then 1e0 else cast({{ var('action_holdout_share') | float }} as double) end as holdout_share,

        -- times
        as_of
    from worded

)

select * from final
