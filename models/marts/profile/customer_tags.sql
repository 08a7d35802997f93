{#-
  One row per customer and tag on the reference date: the value, why, and how sure. Only customers
  with consent to analytics; psychographic tags only with consent to personalisation, enrichments
  only with the consent that covers them.
-#}
with

single_tags as (

    select * from {{ ref('int_tags_single') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

parts as (

    select * from {{ ref('tag_parts') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

bases as (

    select * from {{ ref('tag_bases') }}

),

population as (

    select * from {{ ref('int_profile_population') }}

),

-- 1. combinations: every group of parts must hold, one part of a group is enough
wanted_parts as (

    select
        registry.tag,
        registry.basis,
        parts.any_group,
        parts.part_tag,
        parts.part_value,
        parts.is_present
    from registry
    inner join parts on registry.tag = parts.tag
    where registry.tag_kind = 'combination'

),

parts_held as (

    select
        single_tags.customer_id,
        wanted_parts.tag,
        wanted_parts.any_group,
        max(single_tags.confidence) as confidence,
        {{ ordered_string_agg(
            "concat(single_tags.tag, ' = ', single_tags.tag_value, ' (', single_tags.evidence, ')')", '; ', 'single_tags.tag'
        ) }} as evidence
    from wanted_parts
    inner join single_tags
        on
            wanted_parts.part_tag = single_tags.tag
            and (wanted_parts.part_value is null or wanted_parts.part_value = single_tags.tag_value)
    where wanted_parts.is_present
    group by single_tags.customer_id, wanted_parts.tag, wanted_parts.any_group

),

parts_barred as (

    select
        single_tags.customer_id,
        wanted_parts.tag
    from wanted_parts
    inner join single_tags
        on
            wanted_parts.part_tag = single_tags.tag
            and (wanted_parts.part_value is null or wanted_parts.part_value = single_tags.tag_value)
    where not wanted_parts.is_present
    group by single_tags.customer_id, wanted_parts.tag

),

needed_groups as (

    select
        tag,
        basis,
        count(distinct any_group) as group_count
    from wanted_parts
    where is_present
    group by tag, basis

),

combined as (

    select
        parts_held.customer_id,
        parts_held.tag,
        'yes' as tag_value,
        needed_groups.basis,
        min(parts_held.confidence) as confidence,
        cast(null as bigint) as sample_size,
        {{ ordered_string_agg('parts_held.evidence', '; ', 'parts_held.any_group') }} as evidence
    from parts_held
    inner join needed_groups on parts_held.tag = needed_groups.tag
    anti join parts_barred
        on
            parts_held.customer_id = parts_barred.customer_id
            and parts_held.tag = parts_barred.tag
    group by parts_held.customer_id, parts_held.tag, needed_groups.basis, needed_groups.group_count
    having count(*) = needed_groups.group_count

),

unioned as (

    select
        customer_id,
        tag,
        tag_value,
        basis,
        confidence,
        sample_size,
        evidence
    from single_tags

    union all

    select
        combined.customer_id,
        combined.tag,
        combined.tag_value,
        combined.basis,
        combined.confidence,
        combined.sample_size,
        combined.evidence
    from combined
    inner join registry on combined.tag = registry.tag
    inner join population on combined.customer_id = population.customer_id
    where
        population.has_personalisation_consent
        or registry.tag_group != 'psychographic' and registry.consent != 'personalisation'

),

-- 2. labels, and the ceiling that the kind of source sets to confidence
final as (

    select
        -- key
        unioned.customer_id,
        registry.tag_group,
        unioned.tag,

        -- attributes
        unioned.tag_value,
        unioned.basis,
        {{ round_significant('least(unioned.confidence, bases.highest_confidence)', 4) }} as confidence,
        unioned.evidence,
        registry.label_en as tag_label_en,
        registry.label_zh as tag_label_zh,
        coalesce(tag_values.label_en, replace(unioned.tag_value, '_', ' ')) as value_label_en,
        coalesce(tag_values.label_zh, unioned.tag_value) as value_label_zh,
        registry.definition_hash,

        -- measures
        unioned.sample_size,

        -- times
        registry.as_of as tagged_as_of
    from unioned
    inner join registry on unioned.tag = registry.tag
    inner join bases on unioned.basis = bases.basis
    left join tag_values
        on
            unioned.tag = tag_values.tag
            and unioned.tag_value = tag_values.tag_value

)

select * from final
