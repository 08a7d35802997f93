{#- Guards that a marketer finds every number that may be read: the metrics that are computed are those that seed tag_metrics describes. -#}
with

computed as (

    {%- for metric in tag_metric_names() %}
    select '{{ metric }}' as metric
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

described as (

    select metric from {{ ref('tag_metrics') }}

)

select
    computed.metric as computed_metric,
    described.metric as described_metric
from computed
full outer join described on computed.metric = described.metric
where computed.metric is null or described.metric is null
