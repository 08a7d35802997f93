{#-
  materialized='table' on DuckDB: drops the old table and makes the new one in one transaction.

  It takes the place of dbt-duckdb's own, which builds beside the old table and renames twice: on
  DuckDB both are equally safe (who reads meanwhile sees the old table, a failure leaves it as it
  was), and a statement and its bookkeeping in dbt cost more than most models of a small warehouse.
  Contracts, hooks, docs and unit tests work as before. A model must not read its own old table:
  that is what materialized='incremental' is for.

  A contract is held against the table that was made, before the commit, not against the text before
  it runs: planning a text once more costs more than making most tables of a small warehouse.

  config(sliced_by='x') is for a model that aggregates more than memory holds: its table is made in one statement for
  each million rows of x, which it reads (fewer where DuckDB may use less than 3 GB), on the rows that
  `in_this_slice(column)` lets through. In one statement DuckDB keeps what all its parts have aggregated.
-#}
{%- materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- set language = model['language'] -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set has_contract = config.get('contract').enforced and language == 'sql' -%}

    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {{- run_hooks(pre_hooks, inside_transaction=True) -}}

    {%- if existing_relation is not none -%}
        {%- call statement('drop_old') -%}
            drop {{ existing_relation.type }} {{ existing_relation }}
        {%- endcall -%}
    {%- endif -%}
    {%- set slices = table_slices() -%}
    {%- call statement('main', language=language) -%}
        {%- if slices > 1 -%}
            set variable memory_slices = {{ slices }}; set variable memory_slice = 0;
        {% endif -%}
        {%- if has_contract -%}
            {{ config.get('sql_header') or '' }}
            create table {{ target_relation }} as (
                {{ compiled_code }}
            )
        {%- else -%}
            {{- create_table_as(False, target_relation, compiled_code, language) -}}
        {%- endif -%}
    {%- endcall -%}
    {%- for slice in range(1, slices) -%}
        {%- call statement('slice') -%}
            set variable memory_slice = {{ slice }};
            insert into {{ target_relation }} (
                {{ compiled_code }}
            )
        {%- endcall -%}
    {%- endfor -%}
    {%- if slices > 1 -%}
        {%- do run_query('reset variable memory_slices; reset variable memory_slice') -%}
    {%- endif -%}
    {%- if has_contract -%}
        {%- do hold_to_contract(target_relation) -%}
    {%- endif -%}

    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}

    {{- return({'relations': [target_relation]}) -}}
{%- endmaterialization -%}


{#- In how many statements the table of this model is made: one, or by the rows of what config `sliced_by` names. -#}
{% macro table_slices() %}
    {%- set large = config.get('sliced_by') -%}
    {%- if not large -%}{{- return(1) -}}{%- endif -%}
    {%- set rows_of_slice = "cast(least(1e6, parse_formatted_bytes(current_setting('memory_limit')) / 3000) as bigint)" -%}
    {%- for unique_id in model.depends_on.nodes if graph.nodes.get(unique_id, {}).get('name') == large -%}
        {{- return(1 + run_query('select count(*) // ' ~ rows_of_slice ~ ' from ' ~ graph.nodes[unique_id].relation_name).rows[0][0] | int) -}}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(this.identifier ~ ' is sliced by ' ~ large ~ ', which it does not read with ref()') -%}
{% endmacro %}


{#- An error where a table is not what its contract promises; what must not be null is a constraint of the table from here on. -#}
{% macro hold_to_contract(relation) %}
    {#- dbt's own comparison asks the engine what each promised type means; where names and types are the same words it need not -#}
    {%- set duckdb_words = {'TEXT': 'VARCHAR', 'STRING': 'VARCHAR', 'INT': 'INTEGER'} -%}
    {%- set promised = {} -%}
    {%- for column in model.columns.values() -%}
        {%- set type = (column.data_type or '') | upper | replace(' ', '') -%}
        {%- do promised.update({column.name: duckdb_words.get(type, type)}) -%}
    {%- endfor -%}
    {%- set made = {} -%}
    {%- for column in adapter.get_column_schema_from_query('from ' ~ relation) -%}{%- do made.update({column.name: column.dtype}) -%}{%- endfor -%}
    {%- if made != promised -%}{%- do assert_columns_equivalent('select * from ' ~ relation) -%}{%- endif -%}
    {%- set constraints = [] -%}
    {%- for column in model.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type != 'not_null' -%}
                {%- do exceptions.raise_compiler_error('the table materialization knows not_null only, not ' ~ constraint.type ~ ' of ' ~ column.name) -%}
            {%- endif -%}
            {%- do constraints.append('alter table ' ~ relation ~ ' alter column ' ~ (adapter.quote(column.name) if column.quote else column.name) ~ ' set not null;') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if model.get('constraints') -%}
        {%- do exceptions.raise_compiler_error('the table materialization knows constraints of columns only: ' ~ model.name) -%}
    {%- endif -%}
    {%- if constraints -%}
        {%- call statement('constraints') -%}
            {{ constraints | join('\n') }}
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}
