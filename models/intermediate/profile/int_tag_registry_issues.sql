{#- One row per problem of the tag registry, in words. int_tag_registry stops the build on any. -#}
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

issues_of_names as (

    select * from {{ ref('int_tag_names_unknown') }}

),

issues_of_values as (

    select * from {{ ref('int_tag_value_issues') }}

),

computed_metrics as (

    {%- for metric in tag_metric_names() %}
    select '{{ metric }}' as metric
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        tag,
        problem,
        message
    from issues_of_names

    union all

    select
        tag,
        problem,
        message
    from issues_of_values

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

)

select * from final
