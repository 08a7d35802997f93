{#-
  One row per customer and tag that is not a combination: value, confidence and evidence, before
  labels. What stays under a tag's minimum count, share or confidence gives no row.
-#}
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

tag_metrics as (

    select * from {{ ref('tag_metrics') }}

),

metrics as (

    select * from {{ ref('int_customer_metrics') }}

),

attributes as (

    select * from {{ ref('int_customer_attributes') }}

),

preferences as (

    select * from {{ ref('int_preferences') }}

),

time_patterns as (

    select * from {{ ref('int_time_patterns') }}

),

pattern_labels as (

    select
        pattern,
        min(label_en) as pattern_label
    from {{ ref('tag_time_patterns') }}
    group by pattern

),

dimensions as (

    select * from {{ ref('tag_dimensions') }}

),

lists as (

    select * from {{ ref('tag_lists') }}

),

accounts as (

    select * from {{ ref('int_account_names') }}

),

-- 1. attributes and segments: taken over
from_attributes as (

    select
        attributes.customer_id,
        registry.tag,
        attributes.attribute_value as tag_value,
        case when attributes.is_imputed then 'inferred' else registry.basis end as basis,
        case when attributes.is_imputed then 0.6e0 else 1e0 end as confidence,
        cast(null as bigint) as sample_size,
        attributes.evidence
    from registry
    inner join attributes on registry.reads = attributes.attribute
    where registry.tag_kind in ('attribute', 'segment')

),

-- 2. metrics: the interval in which the value lies
wanted_metrics as (

    select
        registry.tag,
        registry.tag_kind,
        registry.reads,
        registry.basis,
        registry.min_count,
        registry.min_share,
        registry.min_confidence,
        tag_metrics.nature,
        tag_metrics.number_format,
        tag_metrics.sample_metric,
        tag_metrics.label_en as metric_label,
        replace(tag_metrics.evidence_template, '{window}', '{{ var("profile_window_days") | int }}') as evidence_template
    from registry
    inner join tag_metrics on registry.reads = tag_metrics.metric
    where registry.tag_kind in ('threshold', 'band', 'top_share')

),

metric_values as (

    select
        metrics.customer_id,
        wanted_metrics.*,
        {{ column_named_by('wanted_metrics.reads', tag_metric_names()) }} as metric_value,
        {{ column_named_by('wanted_metrics.sample_metric', tag_metric_names()) }} as sample_size
    from metrics
    cross join wanted_metrics

),

rounded_values as (

    select
        customer_id,
        tag,
        tag_kind,
        basis,
        min_count,
        min_share,
        min_confidence,
        nature,
        number_format,
        sample_size,
        metric_label,
        evidence_template,
        metric_value,
        {{ round_significant('metric_value') }} as rounded_value,
        -- a share of n is known as well as a Beta distribution says, from a uniform start
        case
            when nature = 'share' and sample_size > 0
                then (least(greatest(metric_value, 0e0), 1e0) * sample_size + 1e0) / (sample_size + 2e0)
        end as share_mean
    from metric_values
    where metric_value is not null and tag_kind in ('threshold', 'band') and coalesce(sample_size >= min_count, sample_size is null)

),

banded as (

    select
        rounded_values.*,
        tag_values.tag_value,
        tag_values.value_from,
        tag_values.value_to,
        (tag_values.value_from - rounded_values.share_mean)
        / sqrt(
            rounded_values.share_mean * (1e0 - rounded_values.share_mean)
            / (rounded_values.sample_size + 3e0)
        ) as z_from,
        (tag_values.value_to - rounded_values.share_mean)
        / sqrt(
            rounded_values.share_mean * (1e0 - rounded_values.share_mean)
            / (rounded_values.sample_size + 3e0)
        ) as z_to
    from rounded_values
    inner join tag_values
        on
            rounded_values.tag = tag_values.tag
            and coalesce(rounded_values.rounded_value >= tag_values.value_from, tag_values.value_to is not null)
            and coalesce(rounded_values.rounded_value < tag_values.value_to, tag_values.value_from is not null)

),

from_metrics as (

    select
        customer_id,
        tag,
        tag_value,
        basis,
        case nature
            when 'share'
                then
                    case when value_to is null or value_to > 1 then 1e0 else {{ normal_cdf('z_to') }} end
                    - case when value_from is null or value_from <= 0 then 0e0 else {{ normal_cdf('z_from') }} end
            when 'mean' then coalesce(sample_size / (sample_size + 1e0), 1e0)
            else 1e0
        end as confidence,
        cast(sample_size as bigint) as sample_size,
        concat(
            replace(
                replace(evidence_template, '{value}', {{ number_in_words('metric_value', 'number_format') }}),
                '{n}', {{ number_in_words('sample_size', "'number'") }}
            ),
            case
                when tag_kind = 'threshold' and value_from is not null
                    then concat('; the tag starts at ', {{ number_in_words('value_from', 'number_format') }})
                else ''
            end
        ) as evidence
    from banded

),

-- 3. the first so many of all who have any
ranked_values as (

    select
        customer_id,
        tag,
        basis,
        min_share,
        number_format,
        metric_label,
        metric_value,
        rank() over (partition by tag order by {{ round_significant('metric_value') }} desc) as value_rank,
        count(*) over (partition by tag) as ranked_count
    from metric_values
    where tag_kind = 'top_share' and metric_value > 0

),

from_ranks as (

    select
        customer_id,
        tag,
        'yes' as tag_value,
        basis,
        1e0 as confidence,
        cast(null as bigint) as sample_size,
        concat(
            'rank ', {{ as_text('value_rank') }}, ' of ', {{ as_text('ranked_count') }}, ' by ',
            lower(metric_label), ': ', {{ number_in_words('metric_value', 'number_format') }}
        ) as evidence
    from ranked_values
    where value_rank <= min_share * ranked_count

),

-- 4. preferences: the leader must be clearly ahead of the next
wanted_preferences as (

    select
        preferences.customer_id,
        registry.tag,
        registry.tag_kind,
        registry.source,
        dimensions.evidence_word,
        registry.basis,
        registry.pick,
        registry.min_count,
        registry.min_share,
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
        customer_id,
        tag,
        source,
        evidence_word,
        basis,
        min_count,
        min_share,
        max(case when preference_rank = 1 then dimension_value end) as leading_value,
        max(case when preference_rank = 1 then signal_count end) as leading_count,
        coalesce(max(case when preference_rank = 2 then signal_count end), 0) as next_count,
        max(total_count) as total_count
    from wanted_preferences
    where tag_kind != 'first_last' and top_n = 1 and preference_rank <= 2
    group by customer_id, tag, source, evidence_word, basis, min_count, min_share

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

from_leaders as (

    select
        leads.customer_id,
        leads.tag,
        leads.leading_value as tag_value,
        leads.basis,
        {{ normal_cdf('leads.z_lead') }} as confidence,
        leads.total_count as sample_size,
        concat(
            {{ percent_in_words('leads.leading_count', 'leads.total_count') }}, ' of ', {{ as_text('leads.total_count') }},
            case when leads.source = 'purchase' then ' orders ' else ' active days ' end,
            leads.evidence_word, ' ', coalesce(tag_values.label_en, leads.leading_value),
            case when leads.next_count > 0 then concat(', next ', {{ percent_in_words('leads.next_count', 'leads.total_count') }}) else ', nothing else' end
        ) as evidence
    from leads
    left join tag_values
        on
            leads.tag = tag_values.tag
            and leads.leading_value = tag_values.tag_value

),

from_top_values as (

    select
        customer_id,
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
    group by customer_id, tag, basis, source

),

-- 5. first and last
ordered_values as (

    select
        customer_id,
        tag,
        basis,
        pick,
        source,
        dimension_value,
        total_count,
        case when pick = 'first' then first_at else last_at end as picked_at,
        row_number() over (
            partition by customer_id, tag
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
        customer_id,
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

-- 6. times: more than is usual
pattern_shares as (

    select
        time_patterns.customer_id,
        registry.tag,
        registry.source,
        registry.basis,
        registry.reads as pattern,
        time_patterns.pattern_count,
        time_patterns.total_count,
        time_patterns.base_share,
        (time_patterns.pattern_count - time_patterns.total_count * time_patterns.base_share)
        / sqrt(time_patterns.total_count * time_patterns.base_share * (1e0 - time_patterns.base_share)) as z_lift
    from registry
    inner join time_patterns
        on
            registry.source = time_patterns.source
            and registry.reads = time_patterns.pattern
            and registry.window_days = time_patterns.window_days
    where
        registry.tag_kind = 'time_pattern'
        and time_patterns.total_count >= registry.min_count
        and {{ safe_divide('time_patterns.pattern_count', 'time_patterns.total_count') }} >= registry.min_share
        and time_patterns.base_share > 0
        and time_patterns.base_share < 1

),

from_patterns as (

    select
        pattern_shares.customer_id,
        pattern_shares.tag,
        'yes' as tag_value,
        pattern_shares.basis,
        {{ normal_cdf('pattern_shares.z_lift') }} as confidence,
        pattern_shares.total_count as sample_size,
        concat(
            {{ percent_in_words('pattern_shares.pattern_count', 'pattern_shares.total_count') }}, ' of ',
            {{ as_text('pattern_shares.total_count') }},
            case when pattern_shares.source = 'purchase' then ' orders' else ' active hours' end,
            ': ', lower(pattern_labels.pattern_label), '; all customers ',
            {{ percent_in_words('pattern_shares.base_share', '1e0') }}
        ) as evidence
    from pattern_shares
    inner join pattern_labels on pattern_shares.pattern = pattern_labels.pattern

),

-- 7. lists: the newest row that is valid
listed as (

    select
        accounts.customer_id,
        registry.tag,
        coalesce(lists.tag_value, 'yes') as tag_value,
        registry.basis,
        coalesce(lists.reason, 'on the imported list') as reason,
        lists.valid_from,
        row_number() over (
            partition by accounts.customer_id, registry.tag
            order by lists.valid_from desc nulls last, lists.tag_value asc, accounts.account_key asc
        ) as list_rank
    from lists
    inner join registry on lists.tag = registry.tag
    inner join accounts
        on
            lists.source_system = accounts.source_system
            and lists.account_id = accounts.account_id
    where
        registry.tag_kind = 'list'
        and coalesce(lists.valid_from < registry.as_of, true)
        and coalesce(lists.valid_to >= registry.as_of, true)

),

from_lists as (

    select
        customer_id,
        tag,
        tag_value,
        basis,
        1e0 as confidence,
        cast(null as bigint) as sample_size,
        concat(reason, case when valid_from is not null then concat(', since ', {{ as_text('valid_from') }}) else '' end) as evidence
    from listed
    where list_rank = 1

),

unioned as (

    {% for step in ['attributes', 'metrics', 'ranks', 'leaders', 'top_values', 'first_last', 'patterns', 'lists'] -%}
    select
        customer_id,
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

-- 8. enough confidence, and the consent that the tag needs
final as (

    select
        unioned.customer_id,
        unioned.tag,
        unioned.tag_value,
        unioned.basis,
        unioned.confidence,
        unioned.sample_size,
        unioned.evidence
    from unioned
    inner join registry on unioned.tag = registry.tag
    inner join population on unioned.customer_id = population.customer_id
    where
        (
            unioned.confidence >= registry.min_confidence
            or registry.tag_kind in ('attribute', 'segment')
        )
        and (registry.tag_group != 'psychographic' or population.has_personalisation_consent)
        and case registry.consent
            when 'personalisation' then population.has_personalisation_consent
            when 'social_data' then population.has_social_data_consent
            when 'external_data' then population.has_external_data_consent
            when 'third_party' then population.has_third_party_consent
            else true
        end

)

select * from final
