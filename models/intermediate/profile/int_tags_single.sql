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

tags_of_metrics as (

    select * from {{ ref('int_tags_of_metrics') }}

),

tags_of_preferences as (

    select * from {{ ref('int_tags_of_preferences') }}

),

attributes as (

    select * from {{ ref('int_customer_attributes') }}

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

-- 2. times: more than is usual
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

-- 3. lists: the newest row that is valid
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

{% set columns = ['customer_id', 'tag', 'tag_value', 'basis', 'confidence', 'sample_size', 'evidence'] -%}
unioned as (

    {% for step in ['from_attributes', 'from_patterns', 'from_lists', 'tags_of_metrics', 'tags_of_preferences'] -%}
    select
        {{ columns | join(',\n        ') }}
    from {{ step }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- 4. enough confidence, and the consent that the tag needs
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
