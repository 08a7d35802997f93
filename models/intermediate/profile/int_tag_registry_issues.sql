{#-
  One row per problem of the tag registry, in words. int_tag_registry stops the build on any.
-#}
with

registry as (

    select * from {{ ref('tag_registry') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

parts as (

    select * from {{ ref('tag_parts') }}

),

lists as (

    select * from {{ ref('tag_lists') }}

),

metrics as (

    select * from {{ ref('tag_metrics') }}

),

dimensions as (

    select * from {{ ref('tag_dimensions') }}

),

patterns as (

    select * from {{ ref('tag_time_patterns') }}

),

kinds as (

    select * from {{ ref('tag_kinds') }}

),

groups as (

    select * from {{ ref('tag_groups') }}

),

bases as (

    select * from {{ ref('tag_bases') }}

),

-- 1. the names that a registry row may use
computed_metrics as (

    {%- for metric in tag_metric_names() %}
    select '{{ metric }}' as metric
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

known_attributes as (

    {%- for attribute in tag_attribute_names() %}
    select '{{ attribute }}' as attribute
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

purposes as (

    {%- for purpose in ['analytics', 'personalisation', 'social_data', 'external_data', 'third_party'] %}
    select '{{ purpose }}' as purpose
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

known_names as (

    select
        'kind' as name_type,
        tag_kind as known_name
    from kinds

    union all

    select
        'group' as name_type,
        tag_group as known_name
    from groups

    union all

    select
        'basis' as name_type,
        basis as known_name
    from bases

    union all

    select
        'consent purpose' as name_type,
        purpose as known_name
    from purposes

    union all

    select
        'metric' as name_type,
        metric as known_name
    from metrics

    union all

    select
        'attribute' as name_type,
        attribute as known_name
    from known_attributes

    union all

    select
        concat('dimension of source ', source) as name_type,
        dimension as known_name
    from dimensions

    union all

    select
        'time pattern' as name_type,
        pattern as known_name
    from patterns
    group by pattern

    union all

    select
        'tag' as name_type,
        tag as known_name
    from registry

),

-- 2. the names that it does use
used_names as (

    select
        tag,
        'kind' as name_type,
        tag_kind as used_name
    from registry

    union all

    select
        tag,
        'group' as name_type,
        tag_group as used_name
    from registry

    union all

    select
        tag,
        'basis' as name_type,
        basis as used_name
    from registry

    union all

    select
        tag,
        'consent purpose' as name_type,
        consent as used_name
    from registry

    union all

    select
        tag,
        'metric' as name_type,
        reads as used_name
    from registry
    where tag_kind in ('threshold', 'band', 'top_share')

    union all

    select
        tag,
        'attribute' as name_type,
        reads as used_name
    from registry
    where
        tag_kind in ('attribute', 'segment')
        and coalesce(reads, '') not like 'survey:%'
        and coalesce(reads, '') not like 'enrichment:%'

    union all

    select
        tag,
        concat('dimension of source ', coalesce(source, 'purchase')) as name_type,
        reads as used_name
    from registry
    where tag_kind in ('top_preference', 'event_preference', 'first_last')

    union all

    select
        tag,
        'time pattern' as name_type,
        reads as used_name
    from registry
    where tag_kind = 'time_pattern'

    union all

    select
        tag,
        'tag' as name_type,
        part_tag as used_name
    from parts

),

unknown_names as (

    select
        used_names.tag,
        used_names.name_type,
        used_names.used_name
    from used_names
    left join known_names
        on
            used_names.name_type = known_names.name_type
            and used_names.used_name = known_names.known_name
    where known_names.known_name is null

),

nearest_names as (

    select
        unknown_names.tag,
        unknown_names.name_type,
        coalesce(unknown_names.used_name, '') as used_name,
        max_by(
            known_names.known_name,
            jaro_winkler_similarity(coalesce(unknown_names.used_name, ''), known_names.known_name)
        ) as nearest_name
    from unknown_names
    left join known_names on unknown_names.name_type = known_names.name_type
    group by unknown_names.tag, unknown_names.name_type, coalesce(unknown_names.used_name, '')

),

-- 3. intervals of thresholds and bands
intervals as (

    select
        registry.tag,
        registry.tag_kind,
        tag_values.tag_value,
        coalesce(tag_values.value_from, -1e300) as value_from,
        coalesce(tag_values.value_to, 1e300) as value_to
    from registry
    inner join tag_values on registry.tag = tag_values.tag
    where
        registry.tag_kind in ('threshold', 'band')
        and (tag_values.value_from is not null or tag_values.value_to is not null)

),

interval_counts as (

    select
        registry.tag,
        registry.tag_kind,
        count(intervals.tag_value) as interval_count
    from registry
    left join intervals on registry.tag = intervals.tag
    where registry.tag_kind in ('threshold', 'band')
    group by registry.tag, registry.tag_kind

),

issues as (

    select
        tag,
        concat('unknown_', split_part(name_type, ' ', 1)) as problem,
        concat(
            'tag ', tag, ': unknown ', name_type, ' "', used_name, '"',
            case
                when nearest_name is not null
                    then concat('; the nearest known one is "', nearest_name, '"')
                else ''
            end
        ) as message
    from nearest_names

    union all

    select
        tag,
        'duplicate_tag' as problem,
        concat('tag ', tag, ': stands ', {{ as_text('count(*)') }}, ' times in tag_registry; a tag has one row') as message
    from registry
    group by tag
    having count(*) > 1

    union all

    select
        metrics.metric as tag,
        'metric_not_computed' as problem,
        concat('metric ', metrics.metric, ' of tag_metrics: int_customer_metrics does not compute it') as message
    from metrics
    left join computed_metrics on metrics.metric = computed_metrics.metric
    where computed_metrics.metric is null

    union all

    select
        tag,
        'interval_count' as problem,
        case
            when tag_kind = 'threshold'
                then concat(
                    'tag ', tag, ': a threshold needs exactly one row in tag_values with value_from or value_to, found ',
                    {{ as_text('interval_count') }}
                )
            else concat('tag ', tag, ': a band needs rows in tag_values with value_from or value_to, found none')
        end as message
    from interval_counts
    where tag_kind = 'threshold' and interval_count != 1 or tag_kind = 'band' and interval_count = 0

    union all

    select
        tag,
        'empty_interval' as problem,
        concat('tag ', tag, ': value ', tag_value, ' has value_from not below value_to') as message
    from intervals
    where value_from >= value_to

    union all

    select
        former.tag,
        'overlapping_bands' as problem,
        concat('tag ', former.tag, ': the intervals of ', former.tag_value, ' and ', latter.tag_value, ' overlap') as message
    from intervals as former
    inner join intervals as latter
        on
            former.tag = latter.tag
            and former.tag_value < latter.tag_value
            and former.value_from < latter.value_to
            and former.value_to > latter.value_from

    union all

    select
        tag,
        'duplicate_value' as problem,
        concat('tag ', tag, ': value ', tag_value, ' stands more than once in tag_values') as message
    from tag_values
    group by tag, tag_value
    having count(*) > 1

    union all

    select
        tag_values.tag,
        'value_without_tag' as problem,
        concat('tag ', tag_values.tag, ': has rows in tag_values but none in tag_registry') as message
    from tag_values
    left join registry on tag_values.tag = registry.tag
    where registry.tag is null
    group by tag_values.tag

    union all

    select
        registry.tag,
        'no_parts' as problem,
        concat('tag ', registry.tag, ': a combination needs rows in tag_parts') as message
    from registry
    left join parts on registry.tag = parts.tag
    where registry.tag_kind = 'combination' and parts.tag is null

    union all

    select
        parts.tag,
        'combination_of_combinations' as problem,
        concat('tag ', parts.tag, ': its part ', parts.part_tag, ' is a combination itself; name the parts of that one') as message
    from parts
    inner join registry on parts.part_tag = registry.tag
    where registry.tag_kind = 'combination'

    union all

    select
        parts.tag,
        'parts_of_other_kind' as problem,
        concat('tag ', parts.tag, ': has rows in tag_parts but is not a combination') as message
    from parts
    left join registry on parts.tag = registry.tag
    where registry.tag is null or registry.tag_kind != 'combination'
    group by parts.tag

    union all

    select
        parts.tag,
        'unknown_part_value' as problem,
        concat('tag ', parts.tag, ': its part ', parts.part_tag, ' never has the value "', parts.part_value, '"') as message
    from parts
    inner join registry on parts.part_tag = registry.tag
    left join tag_values
        on
            parts.part_tag = tag_values.tag
            and parts.part_value = tag_values.tag_value
    where
        registry.tag_kind in ('threshold', 'band', 'top_share', 'time_pattern')
        and parts.part_value is not null
        and tag_values.tag is null

    union all

    select
        lists.tag,
        'list_of_other_kind' as problem,
        concat('tag ', lists.tag, ': has rows in tag_lists but is not a list in tag_registry') as message
    from lists
    left join registry on lists.tag = registry.tag
    where registry.tag is null or registry.tag_kind != 'list'
    group by lists.tag

    union all

    select
        tag,
        'missing_parameter' as problem,
        case tag_kind
            when 'first_last' then concat('tag ', tag, ': pick must be first or last')
            when 'event_preference' then concat('tag ', tag, ': event_type is missing; (any) stands for all types')
            when 'top_share' then concat('tag ', tag, ': min_share must lie between 0 and 1')
            when 'time_pattern' then concat('tag ', tag, ': source must be purchase or online')
        end as message
    from registry
    where
        tag_kind = 'first_last' and coalesce(pick, '') not in ('first', 'last')
        or tag_kind = 'event_preference' and event_type is null
        or tag_kind = 'top_share' and not coalesce(min_share > 0 and min_share < 1, false)
        or tag_kind = 'time_pattern' and coalesce(source, '') not in ('purchase', 'online')

    union all

    select
        tag,
        'parameter_out_of_range' as problem,
        concat('tag ', tag, ': min_share and min_confidence lie between 0 and 1, min_count, top_n and window_days are 1 or more') as message
    from registry
    where
        min_share < 0 or min_share > 1
        or min_confidence < 0 or min_confidence > 1
        or min_count < 1 or top_n < 1 or window_days < 1

    union all

    select
        tag,
        'missing_words' as problem,
        concat('tag ', tag, ': label_en, label_zh, definition_en, definition_zh, rule_source and is_active are all needed') as message
    from registry
    where
        label_en is null or label_zh is null or definition_en is null or definition_zh is null
        or rule_source is null or is_active is null

),

final as (

    select
        tag,
        problem,
        message
    from issues

)

select * from final
