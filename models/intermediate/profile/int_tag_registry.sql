{#-
  One row per active tag of the registry, defaults filled in. definition_hash changes whenever the
  rule of the tag does (not with its labels): the history shows what the registry has moved.
-#}
{{ config(pre_hook="{{ stop_on_issues(ref('int_tag_registry_issues'), 'The tag registry (seeds/reference/tag_*.csv)') }}") }}
with

registry as (

    select * from {{ ref('tag_registry') }}

),

-- builds this model after the check that its hook reads
issues as (

    select count(*) as issue_count from {{ ref('int_tag_registry_issues') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

parts as (

    select * from {{ ref('tag_parts') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

value_rules as (

    select
        tag,
        {{ ordered_string_agg(
            "concat_ws(':', tag_value, coalesce(" ~ as_text('cast(value_from as decimal(18, 6))') ~ ", ''), coalesce("
            ~ as_text('cast(value_to as decimal(18, 6))') ~ ", ''))",
            ';', 'tag_value'
        ) }} as value_rule
    from tag_values
    where value_from is not null or value_to is not null
    group by tag

),

part_rules as (

    select
        tag,
        {{ ordered_string_agg(
            "concat_ws(':', " ~ as_text('any_group') ~ ", part_tag, coalesce(part_value, ''), " ~ as_text('is_present') ~ ")",
            ';', 'any_group'
        ) }} as part_rule
    from parts
    group by tag

),

filled as (

    select
        registry.tag,
        registry.tag_group,
        registry.tag_kind,
        registry.reads,
        coalesce(registry.source, 'purchase') as source,
        coalesce(registry.event_type, '(order)') as event_type,
        registry.pick,
        coalesce(registry.window_days, {{ var('profile_window_days') | int }}) as window_days,
        {{ add_days('reference_date.as_of', '-coalesce(registry.window_days, ' ~ var('profile_window_days') | int ~ ')') }} as window_from,
        coalesce(registry.min_count, 1) as min_count,
        coalesce(registry.min_share, 0) as min_share,
        coalesce(registry.top_n, 1) as top_n,
        coalesce(registry.min_confidence, {{ var('tag_min_confidence') | float }}) as min_confidence,
        registry.basis,
        registry.consent,
        registry.label_en,
        registry.label_zh,
        registry.definition_en,
        registry.definition_zh,
        registry.rule_source,
        reference_date.as_of,
        coalesce(value_rules.value_rule, '') as value_rule,
        coalesce(part_rules.part_rule, '') as part_rule
    from registry
    cross join issues
    cross join reference_date
    left join value_rules on registry.tag = value_rules.tag
    left join part_rules on registry.tag = part_rules.tag
    where registry.is_active and issues.issue_count = 0

),

final as (

    select
        tag,
        tag_group,
        tag_kind,
        reads,
        source,
        event_type,
        pick,
        window_days,
        window_from,
        min_count,
        min_share,
        top_n,
        min_confidence,
        basis,
        consent,
        label_en,
        label_zh,
        definition_en,
        definition_zh,
        rule_source,
        as_of,
        substr({{ sha256_hex(
            "concat_ws('|', tag_kind, coalesce(reads, ''), source, event_type, coalesce(pick, ''), "
            ~ as_text('window_days') ~ ", " ~ as_text('min_count') ~ ", "
            ~ as_text('cast(min_share as decimal(18, 6))') ~ ", " ~ as_text('top_n') ~ ", "
            ~ as_text('cast(min_confidence as decimal(18, 6))') ~ ", basis, consent, value_rule, part_rule)"
        ) }}, 1, 12) as definition_hash
    from filled

)

select * from final
