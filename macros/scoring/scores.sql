{#-
  Score 1 … buckets by rank over all rows: 1 + floor(buckets * (rank - 1) / n), rank = minimum rank
  in ascending goodness. Equal values get equal scores, whatever the row order.
    value          column; higher is better unless lower_is_better
    partition_by   score within groups (column list as text), default: over all rows
-#}
{% macro quantile_score(value, buckets=5, lower_is_better=false, partition_by='') -%}
    {%- set partition = 'partition by ' ~ partition_by if partition_by else '' -%}
    cast(1 + floor(
        {{ buckets }} * cast(
            rank() over ({{ partition }} order by {{ value }} {{ 'desc' if lower_is_better else 'asc' }}) - 1 as double
        ) / count(*) over ({{ partition }})
    ) as int)
{%- endmacro %}


{#-
  Score by fixed limits: the highest `at_least` of a metric in the seed that the value reaches.
    thresholds   relation or CTE with columns metric, score, at_least
    metric       plain text; value: column of the outer query
  A value under every limit scores 1.
-#}
{% macro threshold_score(value, metric, thresholds) -%}
    cast(coalesce((
        select max_by(limits.score, limits.at_least)
        from {{ thresholds }} as limits
        where limits.metric = '{{ metric }}' and limits.at_least <= {{ value }}
    ), 1) as int)
{%- endmacro %}
