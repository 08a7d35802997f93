{#-
  materialized='table' on DuckDB: drops the old table and makes the new one in one transaction.

  It takes the place of dbt-duckdb's own, which builds beside the old table and renames twice: on
  DuckDB both are equally safe (who reads meanwhile sees the old table, a failure leaves it as it
  was), and a statement and its bookkeeping in dbt cost more than most models of a small warehouse.
  Contracts, hooks, docs and unit tests work as before. A model must not read its own old table:
  that is what materialized='incremental' is for.

  A contract is held against the table that was made, before the commit, not against the text before
  it runs: planning a text once more costs more than making most tables of a small warehouse.
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
    {%- call statement('main', language=language) -%}
        {%- if has_contract -%}
            {{ config.get('sql_header') or '' }}
            create table {{ target_relation }} as (
                {{ compiled_code }}
            )
        {%- else -%}
            {{- create_table_as(False, target_relation, compiled_code, language) -}}
        {%- endif -%}
    {%- endcall -%}
    {%- if has_contract -%}
        {%- do hold_to_contract(target_relation) -%}
    {%- endif -%}

    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}

    {{- return({'relations': [target_relation]}) -}}
{%- endmaterialization -%}


{#- An error where a table is not what its contract promises; what must not be null is a constraint of the table from here on. -#}
{% macro hold_to_contract(relation) %}
    {%- do assert_columns_equivalent('select * from ' ~ relation) -%}
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
