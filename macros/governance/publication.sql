{#-
  Who may see which mart, for engines that know users: the seeds of `make publish` as views and grants.

    dbt run-operation grant_published                                            prints the statements
    dbt run-operation grant_published --args '{audience: service, run: true}'    runs them, for one audience

  Each audience gets a schema `published_<audience>` with a view per table, and the right to read it. A table that is
  folded for an audience is not granted: views cannot fold small cells, the files of `make publish` do.
-#}
{% macro grant_published(audience=none, run=false) %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set audiences = run_query('select audience, grantee from ' ~ model_relation('publication_audiences') ~ ' order by audience').rows -%}
    {%- set names = audiences | map(attribute=0) | list -%}
    {%- if audience is not none and audience not in names -%}
        {%- do exceptions.raise_compiler_error("grant_published: there is no audience '" ~ audience ~ "'; seed publication_audiences names " ~ names | join(', ')) -%}
    {%- endif -%}
    {%- if run -%}{%- do refuse_grants() -%}{%- endif -%}
    {%- for name, grantee in audiences if audience in (none, name) -%}
        {%- for statement in grants_of(name, grantee) -%}
            {%- if statement.startswith('--') -%}
                {%- do print(statement) -%}
            {%- else -%}
                {%- do print(statement ~ ';') -%}
                {%- if run -%}{%- do run_query(statement) -%}{%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{#- Nothing is granted where the engine knows no users, or while marts are of different builds. -#}
{% macro refuse_grants() %}
    {%- if target.type == 'duckdb' -%}
        {%- do exceptions.raise_compiler_error('grant_published: DuckDB knows no users. `make publish` writes a file for each audience instead.') -%}
    {%- endif -%}
    {%- set states = run_query('select status from ' ~ model_relation('build_state')).columns[0].values() | list -%}
    {%- if states != ['complete'] -%}
        {%- do exceptions.raise_compiler_error(
            'grant_published: the marts are not from one build (' ~ states | join(', ') ~ '). To mend it: build everything, with a plain `dbt build`.'
        ) -%}
    {%- endif -%}
{% endmacro %}


{#- The statements for an audience, in order; a line that begins with -- explains. -#}
{% macro grants_of(audience, grantee) %}
    {%- set rules = {} -%}
    {%- for row in run_query(
        'select table_name, treatment, columns_left_out, rows_kept from ' ~ model_relation('publication_tables') ~ ' where audience = ' ~ text_literal(audience)
    ).rows -%}
        {%- do rules.update({row[0]: row}) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- set grants = [] -%}
    {%- for node in mart_nodes() | sort(attribute='name') -%}
        {%- set rule = rules.get(node.name, [node.name, 'unnamed', none, none]) -%}
        {%- set schema = api.Relation.create(database=node.database, schema='published_' ~ audience) -%}
        {%- set view = api.Relation.create(database=node.database, schema='published_' ~ audience, identifier=node.alias, type='view') -%}
        {%- if loop.first -%}{%- do statements.append('create schema if not exists ' ~ schema.without_identifier()) -%}{%- endif -%}
        {%- if rule[1] == 'whole' -%}
            {%- do statements.append('create or replace view ' ~ view ~ ' as ' ~ published_select(node, rule)) -%}
            {%- do grants.append(get_grant_sql(view, 'select', [grantee]) | trim) -%}
        {%- else -%}
            {%- do statements.append('drop view if exists ' ~ view) -%}
            {%- if rule[1] == 'folded' -%}
                {%- do statements.append('-- ' ~ node.name ~ ' is not granted to ' ~ audience ~ ': its small cells have to be folded, see make publish') -%}
            {%- elif rule[1] == 'unnamed' -%}
                {%- do statements.append('-- ' ~ node.name ~ ' is not granted to ' ~ audience ~ ': seed publication_tables does not name it') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(statements + grants) }}
{% endmacro %}


{#- What an audience sees of a mart: its columns but those left out, which must exist. -#}
{% macro published_select(node, rule) %}
    {%- set left_out = [] -%}
    {%- for name in (rule[2] or '').split('|') if name -%}{%- do left_out.append(name) -%}{%- endfor -%}
    {%- for name in left_out if name not in node.columns -%}
        {%- do exceptions.raise_compiler_error('seed publication_tables leaves out ' ~ node.name ~ '.' ~ name ~ ', but there is no such column: write its name of today') -%}
    {%- endfor -%}
    {%- set columns = node.columns | list | reject('in', left_out) | join(', ') -%}
    {{ return('select ' ~ columns ~ ' from ' ~ model_relation(node.name) ~ (' where ' ~ rule[3] if rule[3] else '')) }}
{% endmacro %}
