{#-
  Lets Spark compile the statements of a model that calculates much, also where the session compiles
  nothing because most of its statements are small. Nothing to do on DuckDB. As hooks:

    {{ config(
        pre_hook='{{ compiled_on_spark(true) }}',
        post_hook='{{ compiled_on_spark(false) }}'
    ) }}
-#}
{%- macro compiled_on_spark(wanted) -%}
    {%- if execute and on_spark() -%}
        {%- for setting, value in {'wholeStage': 'true', 'factoryMode': 'FALLBACK'}.items() -%}
            {%- if wanted -%}
                {%- do run_query('set spark.sql.codegen.' ~ setting ~ ' = ' ~ value) -%}
            {%- else -%}
                {%- do run_query('reset spark.sql.codegen.' ~ setting) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return('') -}}
{%- endmacro -%}
