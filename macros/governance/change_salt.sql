{#-
  dbt run-operation change_salt --vars '{the vars of your build}'      (make change-salt)

  Gives the memories of a warehouse the keys of another salt: the old one in CUSTOMER360_OLD_SALT, the
  new one in CUSTOMER360_SALT. Customer ids stay, they are names; the keys of accounts, guests, devices
  and identifiers are made anew from the plain values in the raw data, which must hold what the warehouse
  was built from. All other tables follow with the next build.

    accept_lost  true: go on though the plain values of some erased keys are no longer there. Those
                 people come back if their rows do.
-#}
{% macro change_salt(accept_lost=false) %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- do refuse_weak_salt() -%}
    {%- do refuse_wrong_old_salt() -%}
    {%- do prepare_raw_data() -%}
    {%- set map = create_salt_map() -%}
    {%- set known = '(select old_key from ' ~ map ~ ' union all select new_key from ' ~ map ~ ')' -%}
    {%- set suppressions = relation_of('int_erasure_suppressions') -%}
    {%- set lost_people = 0 if suppressions is none else run_query(
        'select count(*) as key_count from ' ~ suppressions ~ " where key_kind != 'customer' and key_hash not in " ~ known
    ).rows[0][0] | int -%}
    {%- set register = relation_of('int_customer_register') -%}
    {%- set lost_accounts = 0 if register is none else run_query(
        'select count(distinct account_key) as key_count from ' ~ register ~ ' where account_key not in ' ~ known
    ).rows[0][0] | int -%}

    {%- if lost_people and not accept_lost -%}
        {%- do run_query('drop table ' ~ map) -%}
        {%- do exceptions.raise_compiler_error(
            'change_salt: nothing was changed. ' ~ lost_people ~ ' keys of erased people cannot be made anew, because the raw data no longer'
            ~ ' hold them; under another salt these people would come back with their rows. Put the files back that held them for the'
            ~ " time of the change, or, if they never return, say --args '{accept_lost: true}'."
        ) -%}
    {%- endif -%}

    {%- for node in graph.nodes.values() if node.resource_type == 'model' and relation_of(node.name) is not none -%}
        {%- if node.config.full_refresh is sameas false -%}
            {%- do change_keys(relation_of(node.name), map) -%}
        {%- elif node.config.materialized == 'incremental' -%}
            {#- made whole by the next build -#}
            {%- do run_query('drop table ' ~ relation_of(node.name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do run_query('drop table ' ~ map) -%}
    {%- do record_salt() -%}
    {%- do adapter.commit() if not on_spark() -%}
    {%- do log(
        'change_salt: done. Accounts that are no longer in the raw data keep their old keys: ' ~ lost_accounts
        ~ '. Keys of erased people that were lost: ' ~ lost_people ~ '. Now build everything, with the new CUSTOMER360_SALT alone.', info=true
    ) -%}
{% endmacro %}


{% macro refuse_wrong_old_salt() %}
    {%- if not warehouse_is_built() -%}
        {%- do exceptions.raise_compiler_error('change_salt: there is nothing to change, the warehouse is not built yet') -%}
    {%- endif -%}
    {%- set old = 'customer360_old_salt' -%}
    {%- set has_old = run_query('select ' ~ (salt_value(old) if on_spark() else "getvariable('" ~ old ~ "')") ~ ' is not null as has_old').rows[0][0] -%}
    {%- if not has_old -%}
        {%- do exceptions.raise_compiler_error('change_salt: put the salt of the last builds into CUSTOMER360_OLD_SALT, the new one into CUSTOMER360_SALT') -%}
    {%- endif -%}
    {%- set table = salt_fingerprint_table() -%}
    {%- set is_known = load_relation(table) is not none -%}
    {%- if not (run_query('select fingerprint = ' ~ salt_fingerprint(old) ~ ' as is_same from ' ~ table).rows[0][0] if is_known else salt_made_the_register(old)) -%}
        {%- do exceptions.raise_compiler_error('change_salt: CUSTOMER360_OLD_SALT is not the salt that the warehouse was built with') -%}
    {%- endif -%}
    {%- if run_query('select ' ~ salt_fingerprint(old) ~ ' = ' ~ salt_fingerprint() ~ ' as is_same').rows[0][0] -%}
        {%- do exceptions.raise_compiler_error('change_salt: CUSTOMER360_SALT holds the old salt; put the new one there') -%}
    {%- endif -%}
{% endmacro %}


{#- Every key column of a memory: the old hash becomes the new one. -#}
{% macro change_keys(relation, map) %}
    {%- set changes = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name.endswith('_key') or column.name.endswith('_hash') -%}
        {%- do changes.append({
            'where': column.name ~ ' in (select old_key from ' ~ map ~ ')',
            'set': {column.name: '(select max(new_key) from ' ~ map ~ ' as keys where keys.old_key = ' ~ column.name ~ ')'},
        }) -%}
    {%- endfor -%}
    {%- do change_table(relation, changes) -%}
{% endmacro %}


{#-
  A table (old_key, new_key) of every key that the raw data make. The raw tables are read as for the
  base tables, but each hash as the text that would be hashed; that text is hashed with both salts and
  never stored.
-#}
{% macro create_salt_map() %}
    {%- set map = salt_fingerprint_table().incorporate(path={'identifier': 'salt_change'}) -%}
    {%- do run_query('drop table if exists ' ~ map) -%}
    {%- do run_query('create table ' ~ map ~ ' (old_key string, new_key string)' ~ (' using parquet' if on_spark() else '')) -%}
    {%- set suppressions = relation_of('int_erasure_suppressions') -%}
    {#- accounts of people who came back carry the number of their erasures -#}
    {%- set erasures = 0 if suppressions is none else run_query(
        'select max(erasure_count) as most from (select count(distinct suppressed_until) as erasure_count from '
        ~ suppressions ~ ' group by key_kind, root_hash) as counted'
    ).rows[0][0] or 0 -%}
    {%- for table in contract_tables() if speaks_of_people(table.name) -%}
        {%- set selects = [] -%}
        {%- for key in keys_of_table(table, erasures | int) -%}
            {%- do selects.append('select ' ~ key ~ ' as key_text from scoped_rows') -%}
        {%- endfor -%}
        {%- if selects -%}
            {%- set scoped = ['typed.*'] -%}
            {%- set joins = [] -%}
            {%- if account_columns(table.name) -%}
                {%- do scoped.append('coalesce(id_spaces.id_space, typed.source_system) as account_scope') -%}
                {%- do joins.append('left join ' ~ model_relation('account_id_spaces') ~ ' as id_spaces on typed.source_system = id_spaces.source_system') -%}
            {%- endif -%}
            {%- for column, identifier_type in contact_columns(table.name).items() if identifier_type == 'email' -%}
                {%- do scoped.append(canonical_email('typed.' ~ column) ~ ' as canonical_email') -%}
                {%- do joins.append(mailbox_rules_join('typed.' ~ column, model_relation('identity_mailbox_rules'))) -%}
            {%- endfor -%}
            {%- do run_query(
                'insert into ' ~ map ~ ' with key_texts as (' ~ unhashed(
                    typed_rows(table.name) ~ ', scoped_rows as (select ' ~ scoped | join(', ') ~ ' from typed '
                    ~ joins | join(' ') ~ ') ' ~ selects | join(' union ')
                ) ~ ') select distinct ' ~ hashed_text('key_text', 'customer360_old_salt') ~ ' as old_key, '
                ~ hashed_text('key_text', 'customer360_salt') ~ ' as new_key from key_texts where key_text is not null'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(map) }}
{% endmacro %}


{#-
  The keys that the rows of a raw table may have in the memories, as expressions.
    erasures  how often anybody was erased at most
-#}
{% macro keys_of_table(table, erasures) %}
    {%- set keys = [] -%}
    {%- for column in account_columns(table.name) -%}
        {%- do keys.append('case when ' ~ column ~ ' is not null then ' ~ bare_account_key(column) ~ ' end') -%}
        {%- for number in range(erasures + 1) -%}
            {%- set scope = "account_scope || '~" ~ number ~ "'" if number else 'account_scope' -%}
            {%- do keys.append('case when account_scope is not null and ' ~ column ~ ' is not null then ' ~ salted_hash(["'account'", scope, column]) ~ ' end') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if table.name == 'orders' -%}
        {%- for column in contact_columns('orders') -%}
            {%- for number in range(erasures + 1) -%}
                {%- do keys.append(guest_key(column, "'" ~ number ~ "'" if number else none)) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set contacts = dict(contact_columns(table.name)) -%}
    {%- if 'device_id' in table.columns -%}{%- do contacts.update({'device_id': 'device_id'}) -%}{%- endif -%}
    {%- for column, identifier_type in contacts.items() -%}
        {%- do keys.append('case when ' ~ column ~ ' is not null then ' ~ identifier_key("'" ~ identifier_type ~ "'", 'canonical_email' if identifier_type == 'email' else column) ~ ' end') -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}


{#- SQL in which every salted hash is the text that would be hashed, with a mark in place of the salt. -#}
{% macro unhashed(sql) %}
    {{ return(sql | replace(salt_value(), "'" ~ salt_mark() ~ "'") | replace(per_engine('sha256(', 'sha2('), per_engine('(', 'left('))) }}
{% endmacro %}

{% macro salt_mark() %}{{ return('#salt#') }}{% endmacro %}


{#- The salted hash of such a text; the last part may be a hash itself. -#}
{% macro hashed_text(text, variable) -%}
    {%- set inner = "split_part(" ~ text ~ ", '" ~ salt_mark() ~ "', 3)" -%}
    {%- set outer = "split_part(" ~ text ~ ", '" ~ salt_mark() ~ "', 2)" -%}
    {{ sha256_hex(
        salt_value(variable) ~ ' || ' ~ outer ~ ' || case when ' ~ inner ~ " = '' then '' else "
        ~ sha256_hex(salt_value(variable) ~ ' || ' ~ inner) ~ ' end'
    ) }}
{%- endmacro %}
