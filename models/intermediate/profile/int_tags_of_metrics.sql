{#-
  One row per customer and tag that a metric gives (threshold, band, top_share): value, confidence and evidence.
  A view: int_tags_single alone reads it.
-#}
{{ config(materialized='view') }}
with

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

-- 1. metrics by number: a column of each in every row would be looked for by name in every row
wanted_metrics as (

    select
        registry.tag,
        registry.tag_kind,
        {{ number_of_name('registry.reads', tag_metric_names()) }} as metric_no,
        {{ number_of_name('tag_metrics.sample_metric', tag_metric_names()) }} as sample_no,
        registry.basis,
        registry.min_count,
        registry.min_share,
        registry.min_confidence,
        tag_metrics.nature,
        tag_metrics.number_format,
        tag_metrics.label_en as metric_label,
        replace(tag_metrics.evidence_template, '{window}', '{{ var("profile_window_days") | int }}') as evidence_template
    from registry
    inner join tag_metrics on registry.reads = tag_metrics.metric
    where registry.tag_kind in ('threshold', 'band', 'top_share')

),

metric_arrays as (

    select
        customer_id,
        {{ array_of_columns(tag_metric_names()) }} as all_values
    from metrics

),

metric_values as (

    select
        metric_arrays.customer_id,
        wanted_metrics.*,
        {{ array_get('metric_arrays.all_values', 'wanted_metrics.metric_no') }} as metric_value,
        {{ array_get('metric_arrays.all_values', 'wanted_metrics.sample_no') }} as sample_size
    from metric_arrays
    cross join wanted_metrics

),

-- 2. the interval in which the value lies
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

judged as (

    select
        *,
        case nature
            when 'share'
                then
                    case when value_to is null or value_to > 1 then 1e0 else {{ normal_cdf('z_to') }} end
                    - case when value_from is null or value_from <= 0 then 0e0 else {{ normal_cdf('z_from') }} end
            when 'mean' then coalesce(sample_size / (sample_size + 1e0), 1e0)
            else 1e0
        end as confidence
    from banded

),

-- words only for what is sure enough
from_intervals as (

    select
        customer_id,
        tag,
        tag_value,
        basis,
        confidence,
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
    from judged
    where confidence >= min_confidence

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

final as (

    {% for step in ['intervals', 'ranks'] -%}
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
)

select * from final
