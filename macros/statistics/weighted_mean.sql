{#-
  Mean of several columns of a row, weighted, over those that are known; null where none is, or
  where all weights are zero.
    parts    column names, a list; the weights are columns {part}_weight
    values_from, weights_from   prefixes such as `parts.`
-#}
{%- macro weighted_mean_of(parts, values_from='', weights_from='') -%}
    ((
        {%- for part in parts %}
        {{ '+ ' if not loop.first }}coalesce({{ weights_from }}{{ part }}_weight * {{ values_from }}{{ part }}, 0e0)
        {%- endfor %}
    ) / nullif(
        {%- for part in parts %}
        {{ '+ ' if not loop.first }}case when {{ values_from }}{{ part }} is not null then {{ weights_from }}{{ part }}_weight else 0e0 end
        {%- endfor %}, 0e0
    ))
{%- endmacro -%}
