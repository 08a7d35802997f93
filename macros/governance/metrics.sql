{#-
  The governed metrics of models/metrics, by name; known when models run. Metrics without a Chinese name are parts of others.
  Their definitions stand nowhere else: the semantic layer, the documentation and metric_definitions read the same text.
-#}
{%- macro governed_metrics() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for metric in graph.metrics.values() | sort(attribute='name') if metric.config.meta.get('label_zh') -%}
            {%- do found.append(metric) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{%- endmacro -%}
