{#-
  Score 1 to 5 of an RFM metric by the way that var rfm_scoring names: `quantile` (fifths of the
  customer base) or `thresholds` (CTE `thresholds` over the seed rfm_thresholds must be in scope).
    metric   recency_days, frequency, monetary, category_breadth or engagement_depth; also the column
-#}
{% macro rfm_score(metric, partition_by='') -%}
    {%- if var('rfm_scoring') == 'quantile' -%}
        {{ quantile_score(metric, lower_is_better=(metric == 'recency_days'), partition_by=partition_by) }}
    {%- else -%}
        {{ threshold_score(metric, metric, 'thresholds') }}
    {%- endif -%}
{%- endmacro %}
