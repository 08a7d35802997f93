{#-
  One row per change of a tag that int_tag_changes has to hold for the reference date, and for the
  next captured date after it, whose changes count from this one. A value is compared with the
  state of the captured date before; a tag that is gone has the value `(none)`. Marker rows `(capture)`
  say which dates were captured under which rule of a tag. A build of the past has none, unless var
  capture_past_tags asks for it (scripts/backfill_tags.py).

  On DuckDB a view: int_tag_changes alone reads it, and takes it down before it changes itself; Spark would
  overwrite what it still reads.
-#}
{{ config(materialized=per_engine('view', 'table')) }}
{%- set columns = ['customer_id', 'tag', 'tag_value', 'confidence', 'evidence', 'definition_hash', 'captured_as_of'] -%}
{%- set held = table_of_last_build('intermediate', 'int_tag_changes', is_kept=true) -%}
with

tags as (

    select * from {{ ref('customer_tags') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

held_changes as (

    {%- if held %}
    select
        customer_id,
        tag,
        tag_value,
        confidence,
        evidence,
        definition_hash,
        captured_as_of
    from {{ held }}
    {%- else %}
    select
        customer_id,
        tag,
        tag_value,
        confidence,
        evidence,
        definition_hash,
        tagged_as_of as captured_as_of
    from tags
    where false
    {%- endif %}

),

-- 1. the captured dates on both sides of this one
neighbours as (

    select
        reference_date.as_of,
        max(case when held_changes.captured_as_of < reference_date.as_of then held_changes.captured_as_of end) as previous_as_of,
        min(case when held_changes.captured_as_of > reference_date.as_of then held_changes.captured_as_of end) as next_as_of
    from reference_date
    left join held_changes on held_changes.tag = '(capture)'
    group by reference_date.as_of

),

-- 2. the three states: before, now, next; markers of the rules stand among them
ranked_changes as (

    select
        held_changes.*,
        neighbours.previous_as_of,
        neighbours.next_as_of,
        row_number() over (
            partition by held_changes.customer_id, held_changes.tag, held_changes.captured_as_of < neighbours.as_of
            order by held_changes.captured_as_of desc
        ) as previous_rank,
        row_number() over (
            partition by held_changes.customer_id, held_changes.tag
            order by held_changes.captured_as_of desc
        ) as next_rank
    from held_changes
    cross join neighbours
    where
        held_changes.tag != '(capture)'
        and held_changes.captured_as_of <= coalesce(neighbours.next_as_of, neighbours.as_of)

),

previous_state as (

    select
        customer_id,
        tag,
        tag_value
    from ranked_changes
    where captured_as_of <= previous_as_of and previous_rank = 1

),

next_state as (

    select
        customer_id,
        tag,
        tag_value,
        confidence,
        evidence,
        definition_hash
    from ranked_changes
    where captured_as_of <= next_as_of and next_rank = 1

),

current_state as (

    select
        customer_id,
        tag,
        tag_value,
        confidence,
        evidence,
        definition_hash
    from tags

),

-- 3. what changes from one state to the following
changes_now as (

    select
        coalesce(current_state.customer_id, previous_state.customer_id) as customer_id,
        coalesce(current_state.tag, previous_state.tag) as tag,
        coalesce(current_state.tag_value, '(none)') as tag_value,
        current_state.confidence,
        current_state.evidence,
        coalesce(current_state.definition_hash, registry.definition_hash, '(removed)') as definition_hash,
        neighbours.as_of as captured_as_of
    from current_state
    full outer join previous_state
        on
            current_state.customer_id = previous_state.customer_id
            and current_state.tag = previous_state.tag
    cross join neighbours
    left join registry on coalesce(current_state.tag, previous_state.tag) = registry.tag
    where coalesce(current_state.tag_value, '(none)') != coalesce(previous_state.tag_value, '(none)')

),

changes_next as (

    select
        coalesce(next_state.customer_id, current_state.customer_id) as customer_id,
        coalesce(next_state.tag, current_state.tag) as tag,
        coalesce(next_state.tag_value, '(none)') as tag_value,
        next_state.confidence,
        next_state.evidence,
        coalesce(next_state.definition_hash, '(removed)') as definition_hash,
        neighbours.next_as_of as captured_as_of
    from next_state
    full outer join current_state
        on
            next_state.customer_id = current_state.customer_id
            and next_state.tag = current_state.tag
    cross join neighbours
    where
        neighbours.next_as_of is not null
        and coalesce(next_state.tag_value, '(none)') != coalesce(current_state.tag_value, '(none)')

),

-- 4. under which rule each tag was captured
markers as (

    select
        registry.tag as customer_id,
        '(capture)' as tag,
        registry.tag as tag_value,
        cast(null as double) as confidence,
        cast(null as string) as evidence,
        registry.definition_hash,
        registry.as_of as captured_as_of
    from registry

    union all

    select
        '(any)' as customer_id,
        '(capture)' as tag,
        '(any)' as tag_value,
        cast(null as double) as confidence,
        cast(null as string) as evidence,
        '(any)' as definition_hash,
        as_of as captured_as_of
    from reference_date

    union all

    select
        held_changes.customer_id,
        held_changes.tag,
        held_changes.tag_value,
        held_changes.confidence,
        held_changes.evidence,
        held_changes.definition_hash,
        held_changes.captured_as_of
    from held_changes
    inner join neighbours on held_changes.captured_as_of = neighbours.next_as_of
    where held_changes.tag = '(capture)'

),

all_changes as (

    {%- for part in ['changes_now', 'changes_next', 'markers'] %}
    select
        {{ columns | join(',\n        ') }}
    from {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)
{%- if var('capture_past_tags') %}

select * from all_changes
{%- else %},

final as (

    select all_changes.*
    from all_changes
    cross join {{ ref('int_build_date') }} as build_date
    where not build_date.is_past

)

select * from final
{%- endif %}
