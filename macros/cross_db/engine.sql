{#-
  macros/cross_db: the few places where DuckDB and Spark spell or calculate something differently.
  A model calls a macro and never branches; everything that is not in this folder is the same SQL
  on both engines. docs and boundary cases: tests/python/cross_db_cases.py.

  Arguments are SQL expressions as text (`'order_total - discount'`), unless a macro says that it
  takes plain text (regular expressions, separators, zone names, column aliases).
  Long formulas repeat their argument: pass a column where the macro says so.
-#}

{#- True on Spark, false on DuckDB. -#}
{%- macro on_spark() -%}
    {{- return(target.type == 'spark') -}}
{%- endmacro -%}

{#-
  The one of two SQL texts that belongs to the engine at hand. Meant for macros of other folders
  that need one form per engine (a kernel), not for models.
-#}
{%- macro per_engine(duckdb, spark) -%}
    {{- return(spark if on_spark() else duckdb) -}}
{%- endmacro -%}

{#-
  A SQL text literal of plain text: quotes and backslashes arrive unchanged on both engines
  (Spark reads backslash sequences in literals, DuckDB does not).
-#}
{%- macro text_literal(text) -%}
    {%- set quoted = text | string | replace("'", "''") -%}
    {%- if on_spark() -%}
        {%- set quoted = quoted | replace('\\', '\\\\') -%}
    {%- endif -%}
    {{- return("'" ~ quoted ~ "'") -}}
{%- endmacro -%}

{#- Guards the arguments that are plain text: a text that brings its own quotes is a mistake. -#}
{%- macro plain_text(text, argument) -%}
    {%- if text is not string or text.startswith("'") -%}
        {{- exceptions.raise_compiler_error(
            argument ~ ' is plain text without SQL quotes, not: ' ~ text
        ) -}}
    {%- endif -%}
    {{- return(text) -}}
{%- endmacro -%}

{#-
  A cheap 63-bit fingerprint of a row from the engine's own hash: equal columns give equal numbers.
  The value differs between the engines and between their versions, and unlike rows may share one.
  Use it only to narrow down candidates that are compared afterwards, never in a result.
    columns  list of expressions
-#}
{%- macro row_fingerprint(columns) -%}
    {%- if on_spark() -%}
        shiftrightunsigned(xxhash64({{ columns | join(', ') }}), 1)
    {%- else -%}
        cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
    {%- endif -%}
{%- endmacro -%}

{#-
  A where clause for a CTE without one that is read several times and costs much: on Spark the CTE
  is then calculated once and kept, instead of once for each reader, and planned as a step of its
  own. All rows pass. DuckDB decides by itself, or by `materialized` after the CTE's name.
    typed as (select …  from cleaned {{ computed_once() }})
-#}
{%- macro computed_once() -%}
    {%- if on_spark() -%}
        where rand() >= 0e0
    {%- endif -%}
{%- endmacro -%}

{#-
  A condition on a whole number that is never negative: whether a row belongs to the slice that is being made, in a
  model with config(sliced_by=…). Where nothing is sliced, as in unit tests, all rows do; on Spark too, which divides the work itself.
-#}
{%- macro in_this_slice(column) -%}
    {%- if on_spark() -%}
        true
    {%- else -%}
        coalesce(mod({{ column }}, getvariable('memory_slices')) = getvariable('memory_slice'), true)
    {%- endif -%}
{%- endmacro -%}

{#-
  Names of the columns of tables that exist, views left out: {model name: [names]}. DuckDB answers for all
  at once, Spark for each schema.
    nodes  models, from graph.nodes
-#}
{%- macro table_columns(nodes) -%}
    {%- set stored = {} -%}
    {%- if on_spark() -%}
        {%- set schemas = run_query('show databases').columns[0].values() -%}
        {%- for schema in nodes | map(attribute='schema') | unique if schema in schemas -%}
            {%- for row in run_query('show table extended in ' ~ schema ~ " like '*'").rows if 'Type: VIEW' not in row[3] -%}
                {%- do stored.update({schema ~ '.' ~ row[1]: modules.re.findall('(?m)^ \\|-- ([^:]+):', row[3])}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- else -%}
        {%- set listed = "select concat(columns.schema_name, '.', columns.table_name) as table_name, string_agg(columns.column_name, ',' order by columns.column_index) as column_names"
            ~ ' from duckdb_columns() as columns semi join duckdb_tables() as tables on columns.table_oid = tables.table_oid and columns.database_oid = tables.database_oid'
            ~ ' where columns.database_name = current_database() group by all' -%}
        {%- for row in run_query(listed).rows -%}{%- do stored.update({row[0]: row[1].split(',')}) -%}{%- endfor -%}
    {%- endif -%}
    {%- set found = {} -%}
    {%- for node in nodes if node.schema ~ '.' ~ node.alias in stored -%}
        {%- do found.update({node.name: stored[node.schema ~ '.' ~ node.alias]}) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}
