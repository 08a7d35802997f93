{#-
  One row per problem of the intervals and values of tags (seed tag_values), in words.
  A view: int_tag_registry_issues alone reads it.
-#}
{{ config(materialized='view') }}
with

registry as (

    select * from {{ ref('tag_registry') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

-- intervals of thresholds and bands
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

final as (

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

)

select * from final
