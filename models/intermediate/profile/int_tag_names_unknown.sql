{#-
  One row per name that the tag registry uses and nobody knows (kind, group, metric, dimension, tag …), in words, with the
  nearest one that is known. A view: int_tag_registry_issues alone reads it.
-#}
{{ config(materialized='view') }}
{%- set purposes = ['analytics', 'personalisation', 'social_data', 'external_data', 'third_party'] -%}
{#- type of name: where it is known from (CTE, column) -#}
{%- set known = {
    'kind': ('kinds', 'tag_kind'), 'group': ('groups', 'tag_group'), 'basis': ('bases', 'basis'),
    'metric': ('metrics', 'metric'), 'time pattern': ('patterns', 'pattern'), 'tag': ('registry', 'tag'),
} -%}
{#- type of name: the column of the registry that uses it, and the kinds of tags whose column it is -#}
{%- set used = {
    'kind': ('tag_kind', []), 'group': ('tag_group', []), 'basis': ('basis', []), 'consent purpose': ('consent', []),
    'metric': ('reads', ['threshold', 'band', 'top_share']), 'time pattern': ('reads', ['time_pattern']),
} -%}
with

registry as (

    select * from {{ ref('tag_registry') }}

),

parts as (

    select * from {{ ref('tag_parts') }}

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
known_names as (

    {%- for name_type, (source, column) in known.items() %}
    select
        '{{ name_type }}' as name_type,
        {{ column }} as known_name
    from {{ source }}
    group by {{ column }}
    union all
    {%- endfor %}
    {%- for name_type, names in {'consent purpose': purposes, 'attribute': tag_attribute_names()}.items() %}
    {%- for name in names %}
    select
        '{{ name_type }}' as name_type,
        '{{ name }}' as known_name
    union all
    {%- endfor %}
    {%- endfor %}
    select
        concat('dimension of source ', source) as name_type,
        dimension as known_name
    from dimensions

),

-- 2. the names that it does use
used_names as (

    {%- for name_type, (column, tag_kinds) in used.items() %}
    select
        tag,
        '{{ name_type }}' as name_type,
        {{ column }} as used_name
    from registry
    {%- if tag_kinds %}
    where tag_kind in ('{{ tag_kinds | join("', '") }}')
    {%- endif %}
    union all
    {%- endfor %}
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

final as (

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

)

select * from final
