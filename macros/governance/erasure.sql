{#-
  Erasure of people: what leaves the warehouse, and how (docs/privacy.md).

  Every build (post-hook of int_erasure_suppressions) and `dbt run-operation erase_customer` do the same:
    1. base tables: rows of the person become status `erased` and keep only money and delivery time, so
       that raw rows and money still add up; orders stay in the totals without a person, their keys
       replaced by tokens
    2. all other tables of staging, intermediate and marts: rows of the person are deleted; rows of the
       person's orders stay without a person
  The raw input belongs to its owner and is not touched.
-#}


{#- Token in place of a key of an erased person's order: says nothing, and is the same in every table. -#}
{% macro erasure_token(key) -%}
    {{ salted_hash(["'erased'", key]) }}
{%- endmacro %}


{#- The relation of a model or seed by its name, built or not. -#}
{% macro model_relation(model_name) %}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.name == model_name -%}
        {{ return(api.Relation.create(
            database=node.database, schema=node.schema, identifier=node.alias, type='table'
        )) }}
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
    {%- do run_query('alter table ' ~ relation ~ '__rewritten rename to ' ~ relation) -%}
{% endmacro %}


{#- A working table for the time of the erasure, dropped at its end. -#}
{% macro erasure_work(name) %}
    {{ return(api.Relation.create(
        database=model_relation('int_erasure_suppressions').database,
        schema=model_relation('int_erasure_suppressions').schema,
        identifier='erasure_work__' ~ name,
        type='table'
    )) }}
{% endmacro %}

{% macro create_erasure_work(name, sql) %}
    {%- do run_query('drop table if exists ' ~ erasure_work(name)) -%}
    {%- do run_query('create table ' ~ erasure_work(name) ~ (' using parquet' if on_spark() else '') ~ ' as ' ~ sql) -%}
{% endmacro %}


{#- Takes everything that the suppression list names out of the warehouse. Returns nothing to run. -#}
{% macro carry_out_erasures() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {#- as a hook of its own model it runs before dbt knows the table -#}
    {%- set suppressions = model_relation('int_erasure_suppressions') -%}
    {%- if run_query('select count(*) as key_count from ' ~ suppressions).rows[0][0] | int == 0 -%}{{ return('') }}{%- endif -%}
    {#- who is in the register was there when the last build ended: all tables know the person -#}
    {%- set register = relation_of('int_customer_register') -%}
    {%- set is_new = register is not none and run_query(
        'select 1 as one from ' ~ register ~ ' where account_key in ' ~ suppressed_keys(suppressions, ['account']) ~ ' limit 1'
    ).rows | length > 0 -%}
    {%- do collect_customer_ids(suppressions) -%}
    {%- do erase_base_tables(suppressions) -%}
    {%- do erase_other_tables(suppressions, everywhere=is_new) -%}
    {%- for name in ['accounts', 'values', 'orders', 'visits', 'tickets'] -%}
        {%- do run_query('drop table if exists ' ~ erasure_work(name)) -%}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}


{#- The customer ids that the erased accounts have had become keys of the suppression list. -#}
{% macro collect_customer_ids(suppressions) %}
    {%- set register = relation_of('int_customer_register') -%}
    {%- if register is not none -%}
        {#- an id that living accounts share is not the person's alone -#}
        {%- do run_query(
            "insert into " ~ suppressions ~ " (key_kind, key_hash) select 'customer', customer_id from " ~ register
            ~ " where customer_id not in (select key_hash from " ~ suppressions ~ " where key_kind = 'customer')"
            ~ " group by customer_id having count(*) = count(case when account_key in (select key_hash from "
            ~ suppressions ~ " where key_kind = 'account') then 1 end)"
        ) -%}
    {%- endif -%}
{% endmacro %}


{% macro suppressed_keys(suppressions, kinds) -%}
    (select key_hash from {{ suppressions }} where key_kind in ('{{ kinds | join("', '") }}'))
{%- endmacro %}


{% macro erase_base_tables(suppressions) %}
    {%- set bases = {} -%}
    {%- for table in contract_tables() -%}
        {%- set relation = relation_of(table.base) -%}
        {%- if relation is not none -%}{%- do bases.update({table.name: relation}) -%}{%- endif -%}
    {%- endfor -%}
    {%- set account_keys = suppressed_keys(suppressions, ['account']) -%}

    {#- 1. the accounts as the sources name them; an account without a system only where its id is the person's alone -#}
    {%- set pairs = [] -%}
    {%- for table in contract_tables() if table.name in bases and 'source_system' in table.columns -%}
        {%- for column in table.columns if column in ('account_id', 'referrer_account_id', 'referred_account_id') -%}
            {%- do pairs.append('select source_system, ' ~ column ~ ' as account_id from ' ~ bases[table.name] ~ ' where ' ~ column ~ ' is not null and source_system is not null group by source_system, ' ~ column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do create_erasure_work('accounts',
        'select source_system, account_id, min(case when is_person then 1 else 0 end) over (partition by account_id) as is_whole_id from ('
        ~ 'select source_system, account_id, ' ~ account_key() ~ ' in ' ~ account_keys ~ ' as is_person from ('
        ~ pairs | join(' union ') ~ ') as pairs) as judged qualify is_person'
    ) -%}

    {#- 2. plain values of the person, devices included: needed to find rows that name no account -#}
    {%- set values = [] -%}
    {%- for table in contract_tables() if table.name in bases -%}
        {%- for column, identifier_type in [('email', 'email'), ('phone', 'phone'), ('loyalty_card_no', 'loyalty_card_no'), ('social_id', 'social_id'), ('guest_email', 'email'), ('guest_phone', 'phone'), ('device_id', 'device_id')] if column in table.columns -%}
            {%- do values.append("select '" ~ identifier_type ~ "' as identifier_type, " ~ column ~ ' as identifier_value from ' ~ bases[table.name] ~ ' where ' ~ column ~ ' is not null group by ' ~ column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do create_erasure_work('values',
        'select identifier_type, identifier_value from (' ~ values | join(' union ') ~ ') as plain_values left join '
        ~ model_relation('identity_mailbox_rules') ~ ' as rules on ' ~ mailbox_rule_applies('identifier_type', 'identifier_value', 'rules') ~ ' where '
        ~ identifier_key('identifier_type', canonical_identifier('identifier_type', 'identifier_value', 'rules')) ~ ' in ' ~ suppressed_keys(suppressions, ['identifier', 'device'])
    ) -%}

    {#- 3. the orders of the person -#}
    {%- do create_erasure_work('orders',
        'select order_id, ' ~ erasure_token('order_id') ~ ' as token from ' ~ bases['orders'] ~ ' where order_id is not null and not is_erased and ('
        ~ account_match('orders') ~ ' or (account_id is null and ' ~ guest_key() ~ ' in ' ~ account_keys ~ ')) group by order_id'
    ) -%}
    {%- set of_person = 'order_id in (select order_id from ' ~ erasure_work('orders') ~ ')' -%}
    {%- set empty_work = 'select cast(null as string) as key_value where 1 = 0' -%}
    {%- do create_erasure_work('visits', 'select visit_id as key_value from ' ~ bases['store_visits'] ~ ' where ' ~ person_match('store_visits') if 'store_visits' in bases else empty_work) -%}
    {%- do create_erasure_work('tickets', 'select ticket_id as key_value from ' ~ bases['service_tickets'] ~ ' where ' ~ person_match('service_tickets') if 'service_tickets' in bases else empty_work) -%}

    {#- 4. rows -#}
    {%- for table in contract_tables() if table.name in bases -%}
        {%- set changes = [] -%}
        {%- set is_order_table = table.name in ('orders', 'order_items', 'payments', 'returns') -%}
        {%- set matches = of_person if is_order_table else person_match(table.name) -%}
        {%- if is_order_table -%}
            {#- they count on, without a person; their other deliveries and rejected rows do not -#}
            {%- set kept = {'is_erased': 'true', 'order_id': erasure_token('order_id'), 'row_flags': 'null', 'row_corrections': 'null'} -%}
            {%- for column in ['payment_id', 'return_id'] if column in table.columns -%}
                {%- do kept.update({column: erasure_token(column)}) -%}
            {%- endfor -%}
            {%- for column in ['account_id', 'guest_email', 'guest_phone', 'device_id', 'coupon_code'] if column in table.columns -%}
                {%- do kept.update({column: 'null'}) -%}
            {%- endfor -%}
            {%- do changes.append({'where': '(' ~ matches ~ ") and row_status != 'accepted'", 'set': blank_row(table)}) -%}
            {%- do changes.append({'where': '(' ~ matches ~ ") and row_status = 'accepted'", 'set': kept}) -%}
        {%- elif matches -%}
            {%- do changes.append({'where': matches, 'set': blank_row(table)}) -%}
        {%- endif -%}
        {#- rows that could not be read to the end, and addresses of the person on other people's orders -#}
        {%- if table.name in ('accounts', 'orders') -%}
            {%- for column, identifier_type in [('email', 'email'), ('phone', 'phone'), ('loyalty_card_no', 'loyalty_card_no'), ('social_id', 'social_id'), ('guest_email', 'email'), ('guest_phone', 'phone'), ('device_id', 'device_id')] if column in table.columns -%}
                {%- set has_value = column ~ ' in ' ~ values_of(identifier_type) -%}
                {%- if table.name == 'accounts' -%}
                    {%- do changes.append({'where': has_value ~ " and row_status != 'accepted'", 'set': blank_row(table)}) -%}
                {%- else -%}
                    {%- do changes.append({'where': has_value, 'set': {column: 'null'}}) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do change_table(bases[table.name], changes) -%}
    {%- endfor -%}
{% endmacro %}


{% macro values_of(identifier_type) -%}
    (select identifier_value from {{ erasure_work('values') }} where identifier_type = '{{ identifier_type }}')
{%- endmacro %}


{#- Condition: the row names an account of the person. -#}
{% macro account_match(table) -%}
    {%- set columns = raw_contract(table).columns -%}
    {%- set found = [] -%}
    {%- for column in columns if column in ('account_id', 'referrer_account_id', 'referred_account_id') -%}
        {%- do found.append('concat(source_system, ' ~ "'|', " ~ column ~ ') in (select concat(source_system, ' ~ "'|', account_id) from " ~ erasure_work('accounts') ~ ')') -%}
        {%- do found.append('(source_system is null and ' ~ column ~ ' in (select account_id from ' ~ erasure_work('accounts') ~ ' where is_whole_id = 1))') -%}
    {%- endfor -%}
    ({{ found | join(' or ') if found else '1 = 0' }})
{%- endmacro %}


{#- Condition: the row is the person's, by account, device, order, visit or ticket; empty where a table knows none. -#}
{% macro person_match(table) -%}
    {%- set columns = raw_contract(table).columns -%}
    {%- set found = [] -%}
    {%- if columns | select('in', ['account_id', 'referrer_account_id', 'referred_account_id']) | list -%}
        {%- do found.append(account_match(table)) -%}
    {%- endif -%}
    {%- if 'device_id' in columns and table != 'accounts' -%}
        {%- do found.append('device_id in ' ~ values_of('device_id')) -%}
    {%- endif -%}
    {%- if 'order_id' in columns -%}
        {%- do found.append('order_id in (select order_id from ' ~ erasure_work('orders') ~ ')') -%}
    {%- endif -%}
    {%- if 'visit_id' in columns and table != 'store_visits' -%}
        {%- do found.append('visit_id in (select key_value from ' ~ erasure_work('visits') ~ ')') -%}
    {%- endif -%}
    {%- if 'ticket_id' in columns and table != 'service_tickets' -%}
        {%- do found.append('ticket_id in (select key_value from ' ~ erasure_work('tickets') ~ ')') -%}
    {%- endif -%}
    {{- found | join(' or ') -}}
{%- endmacro %}


{#- What is left of an erased row: its table, its money, its delivery. -#}
{% macro blank_row(table) %}
    {%- set blank = {'row_status': "'erased'", 'is_erased': 'true'} -%}
    {%- for column in table.columns if column not in (table.amount, 'currency') -%}
        {%- do blank.update({column: 'null'}) -%}
    {%- endfor -%}
    {%- for column in ['row_reasons', 'row_corrections', 'row_flags', 'raw_record'] -%}
        {%- do blank.update({column: 'null'}) -%}
    {%- endfor -%}
    {{ return(blank) }}
{% endmacro %}


{#-
  Every table of intermediate and marts: rows of the person go, rows of the person's orders stay
  without a person. Told by the names of their columns, so that a new table is covered at once.
    everywhere  false: only tables that a build makes before the erasure, where it has been done before
-#}
{% macro erase_other_tables(suppressions, everywhere) %}
    {%- set kinds_by_column = {
        'account_key': ['account'], 'other_account_key': ['account'], 'founding_account_key': ['account'],
        'identity_key': ['account', 'device'], 'device_key': ['device'], 'identifier_key': ['identifier', 'device'],
        'customer_id': ['customer'], 'previous_customer_id': ['customer'], 'from_customer_id': ['customer'],
        'to_customer_id': ['customer'], 'referrer_customer_id': ['customer'], 'referred_customer_id': ['customer'],
    } -%}
    {%- set memories = ['int_erasure_suppressions'] -%}
    {%- set orders = erasure_work('orders') -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model'
        and node.config.materialized not in ('view', 'ephemeral')
        and not node.name.startswith('base_') and node.name not in memories
        and (everywhere or node.name.startswith('int_identity') or node.name == 'int_erasure_targets') -%}
        {%- set relation = relation_of(node.name) -%}
        {%- if relation is not none and relation.type != 'view' -%}
            {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- set changes = [] -%}
            {%- if 'order_id' in names and 'touchpoint_id' not in names -%}
                {%- set kept = {'order_id': erasure_token('order_id')} -%}
                {%- for name in ['payment_id', 'return_id'] if name in names -%}{%- do kept.update({name: erasure_token(name)}) -%}{%- endfor -%}
                {%- set needed = [] -%}
                {%- for name in ['customer_id', 'account_key', 'account_id', 'device_id', 'coupon_code', 'customer_order_number', 'days_since_previous_order'] if name in names -%}
                    {%- do kept.update({name: 'null'}) -%}
                    {%- for constraint in node.columns.get(name, {}).get('constraints', []) if constraint.type == 'not_null' -%}
                        {%- do needed.append(name) -%}
                    {%- endfor -%}
                {%- endfor -%}
                {%- if 'is_erased' in names -%}{%- do kept.update({'is_erased': 'true'}) -%}{%- endif -%}
                {%- set of_person = 'order_id in (select order_id from ' ~ orders ~ ')' -%}
                {#- a table that cannot do without the person speaks of people, not of orders -#}
                {%- do changes.append({'where': of_person} if needed else {'where': of_person, 'set': kept}) -%}
            {%- endif -%}
            {%- set conditions = [] -%}
            {%- for name in names if name in kinds_by_column -%}
                {%- do conditions.append(name ~ ' in ' ~ suppressed_keys(suppressions, kinds_by_column[name])) -%}
            {%- endfor -%}
            {%- if conditions -%}{%- do changes.append({'where': conditions | join(' or ')}) -%}{%- endif -%}
            {%- do change_table(relation, changes) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{#-
  dbt run-operation erase_customer --args '{customer_id: …}'
  dbt run-operation erase_customer --args '{source_system: crm, account_id: C58, request_id: R1}'

  Erases one person at once. The next build leaves the person out as well; it also brings figures that
  are made of many people (quantiles, models) up to date.
-#}
{% macro erase_customer(customer_id=none, source_system=none, account_id=none, request_id=none, requested_at=none) %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set accounts = relation_of('int_customer_accounts') -%}
    {%- set suppressions = relation_of('int_erasure_suppressions') -%}
    {%- if accounts is none or suppressions is none -%}
        {%- do exceptions.raise_compiler_error('erase_customer: there is no warehouse yet, run dbt build first') -%}
    {%- endif -%}
    {%- if customer_id -%}
        {%- set condition = 'customer_id = ' ~ text_literal(customer_id) -%}
    {%- elif source_system and account_id -%}
        {%- set condition = 'customer_id in (select customer_id from ' ~ accounts ~ ' where source_system = '
            ~ text_literal(source_system | lower) ~ ' and account_id = ' ~ hashed_if_personal(text_literal(account_id)) ~ ')' -%}
    {%- else -%}
        {%- do exceptions.raise_compiler_error('erase_customer: name a customer_id, or source_system and account_id') -%}
    {%- endif -%}
    {%- set found = run_query('select count(*) as account_count, min(customer_id) as customer_id from ' ~ accounts ~ ' where ' ~ condition).rows[0] -%}
    {%- if found[0] | int == 0 -%}
        {%- do exceptions.raise_compiler_error('erase_customer: no such customer; already erased, or a slip in the key') -%}
    {%- endif -%}
    {%- set customer = found[1] -%}
    {%- set request = request_id if request_id else 'operation-' ~ run_query('select count(*) + 1 as next_number from ' ~ relation_of('int_erasures')).rows[0][0] -%}
    {%- set as_of = relation_of('stg_commerce__as_of') -%}
    {%- set requested = "cast(" ~ text_literal(requested_at) ~ " as timestamp)" if requested_at else 'as_of_at' -%}
    {%- set mentions = relation_of('int_identity_mentions') -%}
    {%- do run_query('insert into ' ~ relation_of('int_erasures') ~ ' (request_id, requested_at, erased_as_of, account_count) select '
        ~ text_literal(request) ~ ', ' ~ requested ~ ', as_of, ' ~ found[0] ~ ' from ' ~ as_of) -%}
    {%- set targets = 'select account_key from ' ~ accounts ~ " where customer_id = '" ~ customer ~ "'" -%}
    {%- do run_query('insert into ' ~ suppressions ~ " (key_kind, key_hash) select case when identifier_type = 'device_id' then 'device' else 'identifier' end, identifier_key from "
        ~ mentions ~ ' group by identifier_type, identifier_key having count(*) = count(case when account_key in (' ~ targets ~ ') then 1 end)') -%}
    {%- do run_query('insert into ' ~ suppressions ~ " (key_kind, key_hash) select 'account', account_key from (" ~ targets ~ ') as erased_accounts') -%}
    {%- do carry_out_erasures() -%}
    {%- set log_table = relation_of('erasure_log') -%}
    {%- if log_table is not none -%}
        {%- do run_query('insert into ' ~ log_table ~ ' (request_id, requested_at, erased_as_of, accounts, residue) select request_id, requested_at, erased_as_of, account_count, 0 from '
            ~ relation_of('int_erasures') ~ ' where request_id = ' ~ text_literal(request)) -%}
    {%- endif -%}
    {%- do adapter.commit() if not on_spark() -%}
    {%- do log('erased: ' ~ found[0] ~ ' account(s) of customer ' ~ customer ~ ', request ' ~ request, info=true) -%}
{% endmacro %}
