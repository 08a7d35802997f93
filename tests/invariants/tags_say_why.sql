{#- Guards that no tag stands without its reason, and none below the confidence that its registry row asks for. -#}
{{ config(group='profile') }}
with

tags as (

    select * from {{ ref('customer_tags') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

)

select
    tags.customer_id,
    tags.tag,
    tags.evidence,
    tags.confidence
from tags
inner join registry on tags.tag = registry.tag
where
    trim(tags.evidence) = ''
    or tags.tag_value = ''
    or not tags.confidence between 0 and 1
    -- the four digits to which confidence is rounded
    or registry.tag_kind in ('threshold', 'band', 'top_preference', 'event_preference', 'time_pattern')
    and tags.confidence < registry.min_confidence - 0.0001
    or tags.sample_size < registry.min_count
