{#-
  Loops over arrays: what turns a recurrence into one scalar expression.

  sqlfluff 4.4 reads DuckDB's lambda with one name only. Where there are two, the comment `noqa: PRS`
  goes into the SQL with them: the rest of a model that calls these macros is still linted.
-#}

{#-
  An array folded into one value, from left to right:
  fold_array('amounts', '0e0', 'total', 'amount', 'total + amount').
    init       start value, of the type of the result
    acc, item  names that `expr` uses; columns of the row may be used as well
-#}
{%- macro fold_array(arr, init, acc, item, expr) -%}
    {%- if on_spark() -%}
        aggregate({{ arr }}, {{ init }}, ({{ acc }}, {{ item }}) -> {{ expr }})
    {%- else -%}
        list_reduce({{ arr }}, lambda {{ acc }}, {{ item }}: {{ expr }}, {{ init }}) /* noqa: PRS */
    {%- endif -%}
{%- endmacro -%}

{#-
  Each element changed, with its position (1, 2, …) at hand:
  map_array_with_position('prices', 'price', 'place', 'price * place').
-#}
{%- macro map_array_with_position(arr, var, position, expr) -%}
    {%- if on_spark() -%}
        {#- Spark counts from 0: the position is bound to one more -#}
        transform({{ arr }}, ({{ var }}, {{ position }}_from_zero) -> {{
            modules.re.sub('\\b' ~ position ~ '\\b', '(' ~ position ~ '_from_zero + 1)', expr)
        }})
    {%- else -%}
        list_transform({{ arr }}, lambda {{ var }}, {{ position }}: {{ expr }}) /* noqa: PRS */
    {%- endif -%}
{%- endmacro -%}

{#- Whole numbers from hi down to 0 as an array of doubles; hi is at least 0. -#}
{%- macro numbers_down_to_zero(hi) -%}
    {%- if on_spark() -%}
        transform(sequence(cast({{ hi }} as int), 0, -1), step_number -> cast(step_number as double))
    {%- else -%}
        cast(range(cast({{ hi }} as bigint), -1, -1) as double[])
    {%- endif -%}
{%- endmacro -%}
