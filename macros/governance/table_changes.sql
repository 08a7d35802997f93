{#-
  Changing tables that stand: how the erasure of a person, retention and the like update, delete or remake
  rows in place. Parquet tables on Spark know no update, so there the table is made anew beside the old one.
-#}


{#- The relation of a model or seed by its name, built or not; also of a project that borrows these macros. -#}
{% macro model_relation(model_name) %}
    {%- for kind in ['model.customer360', 'seed.customer360', 'model.' ~ project_name, 'seed.' ~ project_name] -%}
        {%- set node = graph.nodes.get(kind ~ '.' ~ model_name) -%}
        {%- if node -%}
            {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table')) }}
        {%- endif -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error('there is no model ' ~ model_name) -%}
{% endmacro %}

{#- The same; none before its first build. -#}
{% macro relation_of(model_name) %}
    {{ return(load_relation(model_relation(model_name))) }}
{% endmacro %}


{#-
  Changes rows of a table, one change after the other.
    changes  list of {where: condition, set: {column: expression}}; without `set` the rows are deleted
-#}
{% macro change_table(relation, changes) %}
    {%- if on_spark() -%}
        {%- if changes -%}{%- do rewrite_table(relation, changes) -%}{%- endif -%}
    {%- else -%}
        {%- for change in changes -%}
            {%- if 'set' in change -%}
                {%- set parts = [] -%}
                {%- for column, value in change.set.items() -%}{%- do parts.append(column ~ ' = ' ~ value) -%}{%- endfor -%}
                {%- do run_query('update ' ~ relation ~ ' set ' ~ parts | join(', ') ~ ' where ' ~ change.where) -%}
            {%- else -%}
                {%- do run_query('delete from ' ~ relation ~ ' where ' ~ change.where) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{#- Parquet tables know no update: all changes make one new table beside the old one, then they swap. -#}
{% macro rewrite_table(relation, changes) %}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- set state = namespace(sql=relation | string) -%}
    {%- for change in changes -%}
        {%- set kept = [] -%}
        {%- for column in columns -%}
            {%- if column.name in change.get('set', {}) -%}
                {%- do kept.append('cast(case when is_hit then ' ~ change.set[column.name] ~ ' else ' ~ column.name ~ ' end as ' ~ column.dtype ~ ') as ' ~ column.name) -%}
            {%- else -%}
                {%- do kept.append(column.name) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- the condition is a column of its own: Spark judges it once, not once a column -#}
        {%- set judged = '(select *, coalesce(' ~ change.where ~ ', false) as is_hit from ' ~ state.sql ~ ') as judged' -%}
        {%- set state.sql = '(select ' ~ kept | join(', ') ~ ' from ' ~ judged ~ ('' if 'set' in change else ' where not is_hit') ~ ') as changed' -%}
    {%- endfor -%}
    {%- do run_query('drop table if exists ' ~ relation ~ '__rewritten') -%}
    {%- do run_query('create table ' ~ relation ~ '__rewritten using parquet as select * from ' ~ state.sql) -%}
    {%- do run_query('drop table ' ~ relation) -%}
    {%- set partitions = partition_clause(relation) -%}
    {%- if partitions -%}
        {#- the partitions of a renamed table would point to the place that it had before -#}
        {%- do run_query('create table ' ~ relation ~ ' using parquet ' ~ partitions ~ ' as select * from ' ~ relation ~ '__rewritten') -%}
        {%- do run_query('drop table ' ~ relation ~ '__rewritten') -%}
    {%- else -%}
        {%- do run_query('alter table ' ~ relation ~ '__rewritten rename to ' ~ relation) -%}
    {%- endif -%}
{% endmacro %}


{#- How a table of a model is partitioned: the next build overwrites by partition. -#}
{% macro partition_clause(relation) %}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.alias == relation.identifier and node.schema == relation.schema -%}
        {%- set columns = node.config.get('partition_by') or [] -%}
        {{ return('partitioned by (' ~ ([columns] if columns is string else columns) | join(', ') ~ ')' if columns else '') }}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}


{#- Makes a table anew from a select on itself. -#}
{% macro remake_table(relation, sql) %}
    {%- if on_spark() -%}
        {%- do run_query('drop table if exists ' ~ relation ~ '__rewritten') -%}
        {%- do run_query('create table ' ~ relation ~ '__rewritten using parquet as ' ~ sql) -%}
        {%- do run_query('drop table ' ~ relation) -%}
        {%- do run_query('alter table ' ~ relation ~ '__rewritten rename to ' ~ relation) -%}
    {%- else -%}
        {%- do run_query('create or replace table ' ~ relation ~ ' as ' ~ sql) -%}
    {%- endif -%}
{% endmacro %}
