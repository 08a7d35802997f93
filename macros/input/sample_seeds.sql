{#-
  Sample seeds land as raw tables do: every contract column, all of them text, whatever the file
  holds. Other seeds (seeds/reference) get the types that dbt finds or their YAML names. All are
  loaded by column name, without guessing what the text looks like.
-#}
{% macro duckdb__create_csv_table(model, agate_table) %}
    {%- if not model['name'].startswith('sample_') -%}
        {{ return(default__create_csv_table(model, agate_table)) }}
    {%- endif -%}
    {%- set columns = raw_contract(model['name'][7:]).columns | list + ['_loaded_at'] -%}
    {%- set sql -%}
        create table {{ this.render() }} (
            {%- for name in columns %}{{ name }} varchar{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- endset -%}
    {%- call statement('_') -%}{{ sql }}{%- endcall -%}
    {{ return(sql) }}
{% endmacro %}


{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- set sql -%}
        copy {{ this.render() }} ({{ agate_table.column_names | join(', ') }})
        from '{{ adapter.get_seed_file_path(model) }}'
        (format csv, header true, auto_detect false, delimiter ',', quote '"', escape '"')
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{% endmacro %}
