{#-
  materialized='iterate': runs a model's SQL again and again until nothing changes any more.

  Fits (a mean, a regression, a clustering) and closures (who is connected with whom) need a loop.
  Such a model is written as one step: a plain select that reads the previous state and returns the
  next one. The previous state is read through ref() of the model that holds state 0; from the second
  step on the materialization puts the newest state in its place.

    {{ config(
        materialized='iterate',
        init_model='int_labels_initial',
        metric_sql='select count(*) from {next} as n inner join {prev} as p
            on n.node = p.node where n.label != p.label',
        max_iterations=50
    ) }}

    select edges.node_a as node, min(previous.label) as label
    from {{ ref('edges') }} as edges
    inner join {{ ref('int_labels_initial') }} as previous on edges.node_b = previous.node
    group by edges.node_a

  Configuration
    init_model      name of the model or seed with state 0: a table or view with the columns of the
                    step, listed in no other place; the step reads it with ref()
    metric_sql      select of one number from {prev} and {next}, the states before and after a step:
                    how far they are apart. No ref() here: dbt resolves it too early
    tolerance       stop when the metric is at most this (default 0: choose a larger one for a
                    metric of doubles, which may never be exactly 0)
    accumulates     true: the step returns the rows that it adds to the state, with the number of the
                    step in column `iteration`, and the run ends when it adds none; no metric_sql. On
                    DuckDB the run is one recursive statement, which costs a fraction: a step must
                    need no rows but those of the step before it (default false)
    keep_last_of    of a model that accumulates: columns; the result has only the newest row of each
                    combination of them (default: all rows)
    max_iterations  at most this many steps (default 100)
    reuse           true: a fit whose tables, step and settings are the same as the last time stands: its table and history
                    stay as they are. For steps whose result depends on nothing else (default false)
    on_max          when they are used up: error (default; shows the history), warn or ignore
                    (both keep the last state)

  Results
    <model>           the last state; of a model that accumulates state 0 and all that was added
    <model>__history  one row a step: iteration, metric, seconds. Read it in another model with
                      iteration_history('<model>'). None for a model that accumulates

  Good to know
    - Every ref() of init_model in the step means the previous state. To read state 0 itself in
      every step, put a second model on top of it.
    - A metric of null in the first step means that there is nothing to iterate on (no data yet):
      the state is kept as it is. A metric of null later, or not a number, is an error.
    - A failed step leaves the old table and its history as they were. Working tables are temporary
      on DuckDB; on Spark they are tables named <model>__step_0 and _1, dropped at the end, at the
      next start, and by drop_iteration_leftovers() in on-run-end if a step failed.
    - With `reuse` the history has a column `fingerprint`, of the step's text, its metric, tolerance, start and
      number of steps, and the rows of all tables that it reads. A fit that did not reach its tolerance is made again, and so is every one by --full-refresh.
    - Contracts, hooks, docs, --empty and unit tests work as for a table; a unit test runs one step.
-#}

{%- materialization iterate, default -%}
    {%- set init = iterate_init_relation() -%}
    {%- set accumulates = config.get('accumulates', false) -%}
    {%- set metric_sql = iterate_count_added() if accumulates else config.require('metric_sql') -%}
    {%- set tolerance = config.get('tolerance', 0) | float -%}
    {%- set max_iterations = config.get('max_iterations', 100) | int -%}
    {%- set on_max = config.get('on_max', 'error') -%}
    {%- if on_max not in ['error', 'warn', 'ignore'] -%}
        {%- do exceptions.raise_compiler_error('on_max is error, warn or ignore, not ' ~ on_max) -%}
    {%- endif -%}

    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set states = iterate_working_relations(this) -%}

    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {%- set fingerprint = iterate_fingerprint([compiled_code, metric_sql, init, tolerance, max_iterations] | join('; ')) if config.get('reuse', false) -%}
    {%- if fingerprint and iterate_stands(target_relation, fingerprint, tolerance) -%}
        {%- do log(this.identifier ~ ': the same as the last time, it stands') -%}
        {%- do store_raw_result(name='main', message='REUSED', code='REUSED', rows_affected='-1', agate_table=none) -%}
        {{- run_hooks(post_hooks, inside_transaction=False) -}}
        {{- return({'relations': [target_relation]}) -}}
    {%- endif -%}
    {%- if config.get('contract').enforced -%}
        {#- the step must return the promised columns: better known before the first step -#}
        {%- do get_assert_columns_equivalent(compiled_code) -%}
    {%- endif -%}
    {%- do iterate_drop(states) -%}
    {#- the same text runs many times; Spark keeps its code, so that only the first step pays -#}
    {%- do compiled_on_spark(true) -%}

    {%- set run = namespace(iteration=0, state=init, done=false, history=[]) -%}
    {%- if accumulates and not on_spark() -%}
        {%- call statement('step', auto_begin=False) -%}
            create temporary table {{ states[0] }} as
            {{ iterate_recursive_sql(compiled_code, init, max_iterations) }}
        {%- endcall -%}
        {%- set run.state = states[0] -%}
        {%- set run.iteration = run_query('select max(iteration) from ' ~ run.state).rows[0][0] or 0 -%}
        {%- set run.done = run.iteration < max_iterations -%}
    {%- endif -%}
    {%- for _ in range(max_iterations) if not run.done and run.iteration < max_iterations -%}
        {#- jinja asks the condition before each step, so the loop ends when done -#}
        {%- set run.iteration = run.iteration + 1 -%}
        {#- the one clock of the project: how long a step took, in the history, where nothing reads it -#}
        {%- set started_at = modules.datetime.datetime.now() -%}
        {%- set next_state = states[run.iteration % 2] -%}
        {%- do iterate_drop([next_state]) -%}
        {%- call statement('step', auto_begin=False) -%}
            create {{ 'temporary ' if not on_spark() -}} table {{ next_state }}
            {%- if on_spark() %} using parquet{% endif %} as
            {% if accumulates -%}
                select * from {{ run.state }} union all
            {% endif -%}
            {{ iterate_step_sql(compiled_code, init, run.state, accumulates) }}
        {%- endcall -%}
        {%- set metric = iterate_metric(metric_sql, run.state, next_state) -%}
        {%- set seconds = (modules.datetime.datetime.now() - started_at).total_seconds() -%}
        {%- do run.history.append({
            'iteration': run.iteration, 'metric': metric, 'seconds': seconds
        }) -%}
        {%- do log(this.identifier ~ ': iteration ' ~ run.iteration ~ ', metric ' ~ metric) -%}
        {%- set run.state = next_state -%}

        {%- if metric is none and run.iteration == 1 -%}
            {%- do log(this.identifier ~ ': metric is null, nothing to iterate on', info=true) -%}
            {%- set run.done = true -%}
        {%- elif metric is none or metric != metric -%}
            {%- do iterate_drop(states) -%}
            {%- do exceptions.raise_compiler_error(
                this.identifier ~ ' went astray: its metric is ' ~ ('null' if metric is none
                else 'not a number') ~ '. ' ~ iterate_history_text(run.history)
            ) -%}
        {%- elif metric <= tolerance -%}
            {%- set run.done = true -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if not run.done -%}
        {%- set message = this.identifier ~ (
            ' did not end in ' ~ max_iterations ~ ' steps' if accumulates else
            ' did not reach ' ~ tolerance ~ ' in ' ~ max_iterations ~ ' iterations. '
            ~ iterate_history_text(run.history)
        ) -%}
        {%- if on_max == 'error' -%}
            {%- do iterate_drop(states) -%}
            {%- do exceptions.raise_compiler_error(message) -%}
        {%- elif on_max == 'warn' -%}
            {%- do exceptions.warn(message) -%}
        {%- endif -%}
    {%- endif -%}

    {%- do iterate_publish(target_relation, run.state, run.history, not accumulates, fingerprint) -%}
    {%- do iterate_drop(states) -%}
    {%- do compiled_on_spark(false) -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}

    {{- return({'relations': [target_relation]}) -}}
{%- endmaterialization -%}


{#- The relation of <model>__history, to read in another model: from {{ iteration_history('x') }}. -#}
{%- macro iteration_history(model_name) -%}
    {{- return(iterate_history_relation(ref(model_name))) -}}
{%- endmacro -%}

{#-
  For on-run-end: drops the working tables of iterate models whose step failed on Spark.
  Nothing to do on DuckDB, where they are temporary.
-#}
{%- macro drop_iteration_leftovers() -%}
    {%- if execute and on_spark() -%}
        {%- for result in results if result.node.config.materialized == 'iterate'
            and result.status == 'error' -%}
            {%- set model_relation = api.Relation.create(
                database=result.node.database,
                schema=result.node.schema,
                identifier=result.node.alias
            ) -%}
            {%- do iterate_drop(iterate_working_relations(model_relation)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}


{#- The parts of the materialization, in the order of their use. -#}

{#- Of what makes the fit in words, and of the rows of every table that the step reads, in any order. -#}
{%- macro iterate_fingerprint(text) -%}
    {%- set parts = [local_md5(text)] -%}
    {%- for unique_id in model.depends_on.nodes | sort -%}
        {%- set node = graph.nodes.get(unique_id) or graph.sources.get(unique_id) -%}
        {%- set relation = api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.get('alias') or node.get('identifier')
        ) -%}
        {%- set row_hash = row_fingerprint(adapter.get_columns_in_relation(relation) | map(attribute='name')) -%}
        {#- two sums of residues: unlike rows with equal sums are as likely as equal 60-bit numbers -#}
        {%- set counts = run_query(
            'select count(*), cast(sum(mod(row_hash, 1073741789)) as bigint), cast(sum(mod(row_hash, 1073741783)) as bigint) from (select '
            ~ row_hash ~ ' as row_hash from ' ~ relation ~ ') as hashed'
        ).rows[0] -%}
        {%- do parts.append(counts[0] ~ ',' ~ counts[1] ~ ',' ~ counts[2]) -%}
    {%- endfor -%}
    {{- return(local_md5(parts | join(';'))) -}}
{%- endmacro -%}

{#- True where the last fit ended well and was made from the same. -#}
{%- macro iterate_stands(target_relation, fingerprint, tolerance) -%}
    {%- set history_relation = iterate_history_relation(target_relation) -%}
    {%- set history = load_relation(history_relation) -%}
    {%- if flags.FULL_REFRESH or history is none or load_cached_relation(target_relation) is none -%}{{- return(false) -}}{%- endif -%}
    {%- if 'fingerprint' not in adapter.get_columns_in_relation(history) | map(attribute='name') -%}{{- return(false) -}}{%- endif -%}
    {%- set last = run_query('select fingerprint, metric from ' ~ history ~ ' order by iteration desc limit 1').rows -%}
    {{- return(last | length > 0 and last[0][0] == fingerprint and last[0][1] is not none and last[0][1] | float <= tolerance) -}}
{%- endmacro -%}

{#- The relation that the compiled step names for state 0. -#}
{%- macro iterate_init_relation() -%}
    {%- set init_model = config.require('init_model') -%}
    {%- set found = [] -%}
    {%- for unique_id in model.depends_on.nodes -%}
        {%- set node = graph.nodes.get(unique_id) -%}
        {%- if node and node.name == init_model -%}
            {%- if node.config.materialized == 'ephemeral' -%}
                {%- do exceptions.raise_compiler_error(
                    'init_model ' ~ init_model ~ ' is ephemeral: make it a view or a table'
                ) -%}
            {%- endif -%}
            {%- do found.append(node.relation_name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not found -%}
        {%- do exceptions.raise_compiler_error(
            this.identifier ~ ' does not read its init_model ' ~ init_model ~ ' with ref()'
        ) -%}
    {%- endif -%}
    {{- return(found[0]) -}}
{%- endmacro -%}

{#- The two tables that hold the states in turn. -#}
{%- macro iterate_working_relations(relation) -%}
    {%- set found = [] -%}
    {%- for number in [0, 1] -%}
        {%- do found.append(api.Relation.create(
            database=relation.database if on_spark() else 'temp',
            schema=relation.schema if on_spark() else 'main',
            identifier=relation.identifier ~ '__step_' ~ number,
            type='table'
        )) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}

{%- macro iterate_history_relation(relation) -%}
    {{- return(api.Relation.create(
        database=relation.database,
        schema=relation.schema,
        identifier=relation.identifier ~ '__history',
        type='table'
    )) -}}
{%- endmacro -%}

{%- macro iterate_drop(relations) -%}
    {%- for relation in relations -%}
        {%- call statement('drop', auto_begin=False) -%}
            drop table if exists {{ relation }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The step with the newest state in place of state 0; only the whole name counts. -#}
{%- macro iterate_step_sql(sql, init, state, in_brackets=false) -%}
    {%- set whole_name = '(?<![\\w."`])' ~ modules.re.escape(init) ~ '(?![\\w"`])' -%}
    {%- if not modules.re.search(whole_name, sql) -%}
        {%- do exceptions.raise_compiler_error(this.identifier ~ ' never reads ' ~ init) -%}
    {%- endif -%}
    {%- set step = modules.re.sub(whole_name, state | string, sql) -%}
    {{- return('select * from (' ~ step ~ ') as added' if in_brackets else step) -}}
{%- endmacro -%}

{#- All steps of a model that accumulates as one statement. -#}
{%- macro iterate_recursive_sql(sql, init, max_iterations) -%}
    with recursive iterate_state as (

        select * from {{ init }}

        union all

        {{ iterate_step_sql(sql, init, 'iterate_state', in_brackets=true) }}
        where iteration <= {{ max_iterations }}

    )

    select * from iterate_state
{%- endmacro -%}

{#- Metric of a model that accumulates: the rows that a step added. -#}
{%- macro iterate_count_added() -%}
    select (select count(*) from {next}) - (select count(*) from {prev})
{%- endmacro -%}

{#- The metric of two states: a float, or none. -#}
{%- macro iterate_metric(metric_sql, previous, next) -%}
    {%- set sql = metric_sql | replace('{prev}', previous | string)
        | replace('{next}', next | string) -%}
    {%- set value = run_query(sql).rows[0][0] -%}
    {{- return(none if value is none else value | float) -}}
{%- endmacro -%}

{#- The last steps as one line for an error message. -#}
{%- macro iterate_history_text(history) -%}
    {%- set steps = [] -%}
    {%- for step in history[-10:] -%}
        {%- do steps.append(step.iteration ~ ': ' ~ step.metric) -%}
    {%- endfor -%}
    {{- return('Iteration and metric: ' ~ steps | join(', ')) -}}
{%- endmacro -%}

{#-
  The last state becomes the model, the history its companion: one transaction on DuckDB; on Spark
  the new table is complete before the old one goes.
-#}
{%- macro iterate_publish(target_relation, state, history, has_history, fingerprint=none) -%}
    {%- set existing = load_cached_relation(target_relation) -%}
    {%- set intermediate = make_intermediate_relation(target_relation) -%}
    {%- set history_relation = iterate_history_relation(target_relation) -%}
    {%- do iterate_drop([intermediate]) -%}

    {{- run_hooks(pre_hooks, inside_transaction=True) -}}
    {%- call statement('main') -%}
        {{ get_create_table_as_sql(False, intermediate, 'select * from ' ~ state ~ iterate_newest()) }}
    {%- endcall -%}
    {%- do iterate_drop([history_relation]) -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(intermediate, target_relation) -%}
    {#- last: a history tells of the table that is there -#}
    {%- if has_history -%}
    {%- call statement('history') -%}
        create table {{ history_relation }}{{ ' using parquet' if on_spark() }} as
        {{ iterate_history_sql(history, fingerprint) }}
    {%- endcall -%}
    {%- endif -%}
    {%- do create_indexes(target_relation) -%}
    {{- run_hooks(post_hooks, inside_transaction=True) -}}

    {%- do apply_grants(target_relation, config.get('grants'), should_revoke(existing, true)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {%- do adapter.commit() -%}
{%- endmacro -%}

{#- The condition on the rows that a model with keep_last_of keeps. -#}
{%- macro iterate_newest() -%}
    {%- set keys = config.get('keep_last_of', []) | join(', ') -%}
    {%- if keys -%}
        {{ ' ' }}qualify row_number() over (partition by {{ keys }} order by iteration desc) = 1
    {%- endif -%}
{%- endmacro -%}

{%- macro iterate_history_sql(history, fingerprint=none) -%}
    {%- for step in history -%}
        {#- a metric of null or infinity has no literal: null -#}
        {%- set finite = step.metric is not none and step.metric - step.metric == 0 -%}
        {{- 'union all ' if not loop.first -}}
        select
            cast({{ step.iteration }} as int) as iteration,
            cast({{ '%.17e' % step.metric if finite else 'null' }} as double) as metric,
            cast({{ '%.6e' % step.seconds }} as double) as seconds
            {%- if fingerprint %},
            '{{ fingerprint }}' as fingerprint
            {%- endif %}
        {# one select a step #}
    {%- endfor -%}
{%- endmacro -%}
