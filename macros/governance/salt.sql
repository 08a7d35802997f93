{#-
  The salt, an expression that is a value of the connection; the salt itself is never text of SQL.
    DuckDB  a session variable that scripts/connection.py sets when a connection opens
    Spark   the environment of the server's driver, read anew by each statement: a plan shows the
            subquery, not what it found (a session variable would stand there as a literal). Spark
            takes it for random, so that a hash is a column first and then a key to join or group by
    variable  customer360_salt, or customer360_old_salt while the salt is being changed
-#}
{% macro salt_value(variable='customer360_salt') -%}
    {%- if on_spark() -%}
        {%- set default = "'sample-salt'" if variable == 'customer360_salt' else 'null' -%}
        {#- java_method has the word null for nothing -#}
        (select coalesce(nullif(nullif(java_method('java.lang.System', 'getenv', '{{ variable | upper }}'), ''), 'null'), {{ default }}) from values (1))
    {%- else -%}
        coalesce(cast(getvariable('{{ variable }}') as varchar), error('this connection has no {{ variable }}: only dbt can hash'))
    {%- endif -%}
{%- endmacro %}


{#-
  Before anything builds: real people are not hashed with a salt that others know or could guess, and a
  warehouse keeps the salt that it was built with.
-#}
{% macro check_salt() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do refuse_weak_salt() -%}
    {%- do keep_one_salt() -%}
    {{ return('') }}
{% endmacro %}


{% macro refuse_weak_salt() %}
    {%- if var('raw_data') != 'sample' and not var('allow_sample_salt') -%}
        {%- set facts = run_query('select ' ~ salt_value() ~ " = 'sample-salt' as is_known, length(trim(" ~ salt_value() ~ ')) as size').rows[0] -%}
        {%- if facts[0] or facts[1] < 16 -%}
            {%- do exceptions.raise_compiler_error(
                ('CUSTOMER360_SALT is not set' if facts[0] else 'CUSTOMER360_SALT is shorter than 16 characters')
                ~ (' in the environment of the Spark server' if on_spark() else '')
                ~ ': identifiers of real people would be hashed with a salt that others know or could guess. Set it to a long random'
                ~ ' text and keep it (customer ids depend on it), or say --vars "{allow_sample_salt: true}" for data'
                ~ ' that hold no real people. A warehouse that was built with a short one: make change-salt (docs/privacy.md).'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- Compares the salt with the fingerprint that the warehouse keeps; a new warehouse gets one. -#}
{% macro keep_one_salt() %}
    {%- set table = salt_fingerprint_table() -%}
    {%- set is_built = warehouse_is_built() -%}
    {%- set known = load_relation(table) is not none -%}
    {%- if is_built -%}
        {%- set same = run_query('select fingerprint = ' ~ salt_fingerprint() ~ ' as is_same from ' ~ table).rows[0][0] if known else salt_made_the_register() -%}
        {%- if not same -%}
            {%- do exceptions.raise_compiler_error(
                'This warehouse was built with another salt than CUSTOMER360_SALT holds' ~ (' on the Spark server' if on_spark() else '')
                ~ ': customers would double and erased people come back. Set CUSTOMER360_SALT to the salt of the last builds, or build'
                ~ ' into a new file (CUSTOMER360_WAREHOUSE). To change the salt on purpose: put the old one into'
                ~ ' CUSTOMER360_OLD_SALT, the new one into CUSTOMER360_SALT, and run make change-salt (docs/privacy.md).'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if not (is_built and known) -%}{%- do record_salt() -%}{%- endif -%}
{% endmacro %}


{% macro record_salt() %}
    {%- set table = salt_fingerprint_table() -%}
    {%- do run_query('create schema if not exists ' ~ table.without_identifier()) -%}
    {%- do run_query('drop table if exists ' ~ table) -%}
    {%- do run_query('create table ' ~ table ~ (' using parquet' if on_spark() else '') ~ ' as select ' ~ salt_fingerprint() ~ ' as fingerprint') -%}
{% endmacro %}


{#- A keyed fingerprint of the salt: says whether two are the same, and nothing else. -#}
{% macro salt_fingerprint(variable='customer360_salt') -%}
    substr({{ salted_hash(["'fingerprint'"], variable) }}, 1, 16)
{%- endmacro %}


{#- The table that keeps the fingerprint, one row; a memory beside the register. -#}
{% macro salt_fingerprint_table() %}
    {%- set register = model_relation('int_customer_register') -%}
    {{ return(api.Relation.create(database=register.database, schema=register.schema, identifier='salt_fingerprint', type='table')) }}
{% endmacro %}


{#- True once a build has made any table of the project's own: keys may be in it. -#}
{% macro warehouse_is_built() %}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized != 'ephemeral' -%}
        {%- if load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) is not none -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{% endmacro %}


{#-
  For a warehouse older than the fingerprint: does the salt make the ids that stand in the register?
  A new id is the salted hash of its founding account. True where there is no register to ask.
-#}
{% macro salt_made_the_register(variable='customer360_salt') %}
    {%- set register = relation_of('int_customer_register') -%}
    {%- if register is none -%}{{ return(true) }}{%- endif -%}
    {%- set found = run_query(
        'select max(case when customer_id = ' ~ new_customer_id('founding_account_key', variable) ~ ' then 1 else 0 end) as is_same from ' ~ register
    ).rows[0][0] -%}
    {{ return(found is none or found | int == 1) }}
{% endmacro %}
