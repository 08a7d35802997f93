{#- One row per target and leaf of its tree: its conditions in words and as SQL; a feature that is asked twice is said once. -#}
with

splits as (

    select * from {{ ref('int_rule_splits') }}

),

leaves as (

    select
        target,
        node_no
    from {{ ref('int_rule_members') }}
    group by target, node_no

),

features as (

    select
        feature_no,
        feature,
        replace(label_en, '{days}', '{{ var('profile_window_days') | int }}') as label_en,
        replace(label_zh, '{days}', '{{ var('profile_window_days') | int }}') as label_zh
    from {{ ref('segment_rule_features') }}

),

profiles as (

    select * from {{ ref('customer_profiles') }}
    where order_count > 0

),

-- 1. features that are not known of every buyer
unknown_counts as (

    select
        {% set counts = [] -%}
        {%- for feature in segment_rule_features() -%}
        {%- do counts.append('count(*) - count(' ~ feature ~ ')') -%}
        {%- endfor -%}
        {{ array_of(counts) }} as counts
    from profiles

),

unknown as (

    select
        count_list.feature_no,
        count_list.unknown_count > 0 as has_unknown
    from unknown_counts
    {{ explode_array_with_position('unknown_counts.counts', 'count_list', 'unknown_count', 'feature_no') }}

),

-- 2. the splits above a leaf, and the side it lies on
sides as (

    select
        leaves.target,
        leaves.node_no,
        splits.feature_no,
        splits.edge_value,
        mod({{ floor_divide('leaves.node_no', 'power(2e0, levels.level_no)') }}, 2) = 1 as is_right
    from leaves
    cross join {{ number_series(0, 2, 'level_no') }} as levels
    inner join splits
        on
            leaves.target = splits.target
            and splits.node_no = {{ floor_divide('leaves.node_no', 'power(2e0, levels.level_no + 1)') }}

),

merged as (

    select
        sides.target,
        sides.node_no,
        sides.feature_no,
        max(case when sides.is_right then sides.edge_value end) as above_value,
        min(case when not sides.is_right then sides.edge_value end) as up_to_value,
        -- known on the right of any split, unknown only left of a split at "unknown"
        max(case when sides.is_right then 1 else 0 end) = 1 as is_known,
        max(case when not sides.is_right and sides.edge_value is null then 1 else 0 end) = 1 as is_unknown
    from sides
    group by sides.target, sides.node_no, sides.feature_no

),

-- 3. words and SQL
worded as (

    select
        merged.target,
        merged.node_no,
        merged.feature_no,
        case
            when merged.is_unknown then concat(features.label_en, ' unknown')
            when merged.above_value is null and merged.up_to_value is null then concat(features.label_en, ' known')
            else concat(
                features.label_en,
                coalesce(' more than ' || {{ limit_text('merged.above_value') }}, ''),
                case when merged.above_value is not null and merged.up_to_value is not null then ' and' else '' end,
                coalesce(' at most ' || {{ limit_text('merged.up_to_value') }}, ''),
                case when unknown.has_unknown and not merged.is_known then ' or unknown' else '' end
            )
        end as words_en,
        case
            when merged.is_unknown then concat(features.label_zh, '未知')
            when merged.above_value is null and merged.up_to_value is null then concat(features.label_zh, '已知')
            else concat(
                features.label_zh,
                coalesce('大于' || {{ limit_text('merged.above_value') }}, ''),
                case when merged.above_value is not null and merged.up_to_value is not null then '且' else '' end,
                coalesce('不超过' || {{ limit_text('merged.up_to_value') }}, ''),
                case when unknown.has_unknown and not merged.is_known then '或未知' else '' end
            )
        end as words_zh,
        case
            when merged.is_unknown then concat(features.feature, ' is null')
            when merged.above_value is null and merged.up_to_value is null then concat(features.feature, ' is not null')
            when merged.above_value is not null
                then concat(
                    features.feature, ' > ', {{ limit_text('merged.above_value') }},
                    coalesce(' and ' || features.feature || ' <= ' || {{ limit_text('merged.up_to_value') }}, '')
                )
            when unknown.has_unknown and not merged.is_known
                then concat('(', features.feature, ' <= ', {{ limit_text('merged.up_to_value') }}, ' or ', features.feature, ' is null)')
            else concat(features.feature, ' <= ', {{ limit_text('merged.up_to_value') }})
        end as condition_sql
    from merged
    inner join features on merged.feature_no = features.feature_no
    inner join unknown on merged.feature_no = unknown.feature_no

),

final as (

    select
        -- key
        target,
        node_no,

        -- attributes
        {{ ordered_string_agg('words_en', '; ', 'feature_no') }} as conditions_en,
        {{ ordered_string_agg('words_zh', '；', 'feature_no') }} as conditions_zh,
        {{ ordered_string_agg('condition_sql', ' and ', 'feature_no') }} as condition_sql,

        -- measures
        count(*) as condition_count
    from worded
    group by target, node_no

)

select * from final
