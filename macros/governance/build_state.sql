{#-
  Is every mart from one and the same build? marts.build_state says it in one row.

  on-run-start (mark_build_running, the last hook: nothing has been changed before it) sets the row to
  `running` before a command touches a mart. The model build_state writes the row again as soon as the
  base tables stand, with reference date and fingerprint of the input. on-run-end (settle_build_state)
  sets `complete` where this very command built every model, else `mixed`. A killed build leaves
  `running`; a partial build cannot make it `complete`, because older steps may be unlike its own.
  A command that builds no mart changes nothing here.
-#}


{#- True where this command builds marts: then their state is about to change. -#}
{% macro builds_marts() %}
    {%- if not execute or flags.WHICH not in ['run', 'build', 'retry'] -%}{{ return(false) }}{%- endif -%}
    {%- for node in mart_nodes() if node.unique_id in selected_resources -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{#- The public tables: every enabled model in models/marts. -#}
{% macro mart_nodes() %}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'marts' -%}
        {%- do found.append(node) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- What identifies this build: its id and when it began, in UTC. As SQL expressions by column. -#}
{% macro build_began() %}
    {{ return({
        'build_id': text_literal(invocation_id),
        'started_at': "cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ "' as timestamp)",
        'status': "'running'",
        'reason': "'a build is running, or was stopped half way: until a whole build ends, marts may be of different builds'",
    }) }}
{% endmacro %}


{#- on-run-start: the row says `running`, whatever it said before; made where there is none yet. -#}
{% macro mark_build_running() %}
    {%- if not builds_marts() -%}{{ return('') }}{%- endif -%}
    {%- set relation = model_relation('build_state') -%}
    {%- set existing = load_relation(relation) -%}
    {%- set values = [] -%}
    {%- for node in mart_nodes() if node.name == 'build_state' -%}
        {%- for name, column in node.columns.items() -%}
            {%- do values.append('cast(' ~ build_began().get(name, 'null') ~ ' as ' ~ column.data_type ~ ') as ' ~ name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do begin_state() -%}
    {%- if on_spark() -%}
        {%- do run_query('drop table if exists ' ~ relation) -%}
        {%- do run_query('create table ' ~ relation ~ ' using parquet as select ' ~ values | join(', ')) -%}
    {%- else -%}
        {#- one statement: there is a row at any time -#}
        {%- do run_query('create or replace table ' ~ relation ~ ' as select ' ~ values | join(', ')) -%}
    {%- endif -%}
    {%- do adapter.commit() if not on_spark() -%}
    {%- if existing is none -%}{%- do adapter.cache_added(relation) -%}{%- endif -%}
    {{ return('') }}
{% endmacro %}


{#-
  on-run-end: `complete` or `mixed`. Where the warehouse itself failed (disk full, damaged file) nothing
  more can be written: the row stays `running`, and the error that dbt shows is the build's own.
-#}
{% macro settle_build_state() %}
    {%- if not builds_marts() -%}{{ return('') }}{%- endif -%}
    {%- set built = [] -%}
    {%- set broken = [] -%}
    {%- for result in results -%}
        {%- if result.status == 'success' -%}
            {%- do built.append(result.node.unique_id) -%}
        {%- elif modules.re.search('(?i)database has been invalidated|no space left|FATAL Error|disk quota', result.message or '') -%}
            {%- do broken.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if broken -%}{{ return('') }}{%- endif -%}

    {%- set other_models = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] != 'marts'
        and node.config.materialized != 'ephemeral' and node.unique_id not in built -%}
        {%- do other_models.append(node.name) -%}
    {%- endfor -%}
    {%- set marts = mart_nodes() -%}
    {%- set other_marts = [] -%}
    {%- for node in marts if node.unique_id not in built -%}{%- do other_marts.append(node.name) -%}{%- endfor -%}

    {%- set built_marts = (marts | length) - (other_marts | length) -%}
    {%- set parts = [] -%}
    {%- if other_marts -%}
        {%- do parts.append(built_marts ~ ' of ' ~ marts | length ~ ' marts are of this build; of earlier ones or absent: ' ~ first_names(other_marts)) -%}
    {%- elif other_models -%}
        {%- do parts.append('all marts are of this build, but made from ' ~ other_models | length ~ ' models of earlier ones: ' ~ first_names(other_models)) -%}
    {%- endif -%}
    {%- if flags.EMPTY -%}{%- do parts.append('built with --empty: the marts hold no data') -%}{%- endif -%}

    {%- set changes = {
        'status': "'mixed'" if parts else "'complete'",
        'reason': text_literal(parts | join('; ')) if parts else 'null',
        'marts_of_this_build': built_marts,
        'mart_count': marts | length,
        'finished_at': 'cast(current_timestamp as timestamp)',
    } -%}
    {#- where this command did not make the model build_state: the reference date of the base tables as they are -#}
    {%- set reference_date = relation_of('stg_commerce__as_of') -%}
    {%- if reference_date is not none -%}
        {%- do changes.update({'as_of': 'coalesce(as_of, (select max(as_of) from ' ~ reference_date ~ '))'}) -%}
    {%- endif -%}
    {%- if not parts -%}
        {%- set counts = [] -%}
        {%- for node in marts -%}{%- do counts.append('select count(*) as row_count from ' ~ model_relation(node.name)) -%}{%- endfor -%}
        {%- set rows = run_query('select cast(sum(row_count) as bigint) as row_count from (' ~ counts | join(' union all ') ~ ') as counts').rows[0][0] -%}
        {%- do changes.update({'row_count': rows | int}) -%}
    {%- endif -%}
    {%- do begin_state() -%}
    {%- do change_table(model_relation('build_state'), [{'where': '1 = 1', 'set': changes}]) -%}
    {%- do adapter.commit() if not on_spark() -%}
    {{ return('') }}
{% endmacro %}


{#- A hook before may have left a transaction open, which dbt would roll back: begin where none is, commit after. -#}
{% macro begin_state() %}
    {%- if not on_spark() -%}
        {%- call statement('begin_state', auto_begin=True) -%}select 1 as one{%- endcall -%}
    {%- endif -%}
{% endmacro %}


{#- The first five names in order, and how many more. -#}
{% macro first_names(names) -%}
    {%- set shown = (names | sort)[:5] | join(', ') -%}
    {{- return(shown ~ (' and ' ~ (names | length - 5) ~ ' more' if names | length > 5 else '')) -}}
{%- endmacro %}
