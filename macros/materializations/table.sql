{#-
  materialized='table' on DuckDB: drops the old table and makes the new one in one transaction.

  It takes the place of dbt-duckdb's own, which builds beside the old table and renames twice: on
  DuckDB both are equally safe (who reads meanwhile sees the old table, a failure leaves it as it
  was), and a statement and its bookkeeping in dbt cost more than most models of a small warehouse.
  Contracts, hooks, docs and unit tests work as before. A model must not read its own old table:
  that is what materialized='incremental' is for.
-#}
{%- materialization table, adapter='duckdb', supported_languages=['sql', 'python'] -%}
    {%- set language = model['language'] -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {{- run_hooks(pre_hooks, inside_transaction=True) -}}

    {%- if existing_relation is not none -%}
        {%- call statement('drop_old') -%}
            drop {{ existing_relation.type }} {{ existing_relation }}
        {%- endcall -%}
    {%- endif -%}
    {%- call statement('main', language=language) -%}
        {{- create_table_as(False, target_relation, compiled_code, language) -}}
    {%- endcall -%}

    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}

    {{- return({'relations': [target_relation]}) -}}
{%- endmaterialization -%}
