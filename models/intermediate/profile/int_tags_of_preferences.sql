{#-
  One row per customer and tag that a preference gives (top_preference, event_preference, first_last): value,
  confidence and evidence. A view: int_tags_single alone reads it.
-#}
{{ config(materialized='view') }}
with

population as (

    select * from {{ ref('int_profile_population') }}

),

registry as (

    select * from {{ ref('int_tag_registry') }}

),

tag_values as (

    select * from {{ ref('tag_values') }}

),

preferences as (

    select * from {{ ref('int_preferences') }}

),

dimensions as (

    select * from {{ ref('tag_dimensions') }}

),

-- 1. preferences: the leader must be clearly ahead of the next
wanted_preferences as (

    select
        preferences.person_number,
        registry.tag,
        registry.tag_kind,
        registry.source,
        dimensions.evidence_word,
        registry.basis,
        registry.pick,
        registry.min_count,
        registry.min_share,
        registry.min_confidence,
        registry.top_n,
        preferences.dimension_value,
        preferences.signal_count,
        preferences.total_count,
        preferences.preference_rank,
        preferences.first_at,
        preferences.last_at
    from registry
    inner join preferences
        on
            registry.source = preferences.source
            and registry.event_type = preferences.event_type
            and registry.reads = preferences.dimension
            and registry.window_days = preferences.window_days
    inner join dimensions
        on
            registry.source = dimensions.source
            and registry.reads = dimensions.dimension
    where registry.tag_kind in ('top_preference', 'event_preference', 'first_last')

),

leaders as (

    select
        person_number,
        tag,
        source,
        evidence_word,
        basis,
        min_count,
        min_share,
        min_confidence,
        max(case when preference_rank = 1 then dimension_value end) as leading_value,
        max(case when preference_rank = 1 then signal_count end) as leading_count,
        coalesce(max(case when preference_rank = 2 then signal_count end), 0) as next_count,
        max(total_count) as total_count
    from wanted_preferences
    where tag_kind != 'first_last' and top_n = 1 and preference_rank <= 2
    group by person_number, tag, source, evidence_word, basis, min_count, min_share, min_confidence

),

leads as (

    select
        *,
        (leading_count - next_count) / sqrt(leading_count + next_count + 1e0) as z_lead
    from leaders
    where
        leading_count >= min_count
        and {{ safe_divide('leading_count', 'total_count') }} >= min_share

),

clear_leads as (

    select
        *,
        {{ normal_cdf('z_lead') }} as confidence
    from leads

),

from_leaders as (

    select
        leads.person_number,
        leads.tag,
        leads.leading_value as tag_value,
        leads.basis,
        leads.confidence,
        leads.total_count as sample_size,
        concat(
            {{ percent_in_words('leads.leading_count', 'leads.total_count') }}, ' of ', {{ as_text('leads.total_count') }},
            case when leads.source = 'purchase' then ' orders ' else ' active days ' end,
            leads.evidence_word, ' ', coalesce(tag_values.label_en, leads.leading_value),
            case when leads.next_count > 0 then concat(', next ', {{ percent_in_words('leads.next_count', 'leads.total_count') }}) else ', nothing else' end
        ) as evidence
    from clear_leads as leads
    left join tag_values
        on
            leads.tag = tag_values.tag
            and leads.leading_value = tag_values.tag_value
    where leads.confidence >= leads.min_confidence

),

from_top_values as (

    select
        person_number,
        tag,
        {{ ordered_string_agg('dimension_value', ', ', 'preference_rank') }} as tag_value,
        basis,
        min(signal_count) / (min(signal_count) + 0.5e0) as confidence,
        max(total_count) as sample_size,
        concat(
            {{ ordered_string_agg("concat(dimension_value, ' ', " ~ as_text('signal_count') ~ ")", ', ', 'preference_rank') }},
            ' of ', {{ as_text('max(total_count)') }},
            case when source = 'purchase' then ' orders' else ' active days' end
        ) as evidence
    from wanted_preferences
    where
        tag_kind != 'first_last'
        and top_n > 1
        and preference_rank <= top_n
        and signal_count >= min_count
        and {{ safe_divide('signal_count', 'total_count') }} >= min_share
    group by person_number, tag, basis, source

),

-- 2. first and last
ordered_values as (

    select
        person_number,
        tag,
        basis,
        pick,
        source,
        dimension_value,
        total_count,
        case when pick = 'first' then first_at else last_at end as picked_at,
        row_number() over (
            partition by person_number, tag
            order by
                case when pick = 'first' then first_at end asc,
                case when pick = 'last' then last_at end desc,
                dimension_value asc
        ) as pick_rank
    from wanted_preferences
    where tag_kind = 'first_last'

),

from_first_last as (

    select
        person_number,
        tag,
        dimension_value as tag_value,
        basis,
        1e0 as confidence,
        total_count as sample_size,
        concat(
            pick, case when source = 'purchase' then ' order of ' else ' active day of ' end,
            {{ as_text('total_count') }},
            ', on ', {{ as_text(local_date('picked_at')) }}
        ) as evidence
    from ordered_values
    where pick_rank = 1

),

unioned as (

    {% for step in ['leaders', 'top_values', 'first_last'] -%}
    select
        person_number,
        tag,
        tag_value,
        basis,
        confidence,
        sample_size,
        evidence
    from from_{{ step }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- 3. people were numbers so far
final as (

    select
        population.customer_id,
        unioned.tag,
        unioned.tag_value,
        unioned.basis,
        unioned.confidence,
        unioned.sample_size,
        unioned.evidence
    from unioned
    inner join population on unioned.person_number = population.person_number

)

select * from final
