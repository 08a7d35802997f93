{#-
  Erasure of people: what is cleaned when somebody asks for it (docs/privacy.md).

  Base tables leave the rows of erased people out while they are made (macros/staging/erased_rows.sql), and what
  derives from them follows. What was made before is cleaned here, by the post-hook of
  int_erasure_suppressions and by `dbt run-operation erase_customer`: the identity graph, the memories, and
  tables that this run does not build. A table is told by the roles of its key columns.
  The raw input belongs to its owner and is not touched.
-#}


{#-
  Role of every key column, by its name: one name means one thing everywhere (house style).
    person   customer id, account, guest or device that stands for a person: searched for residue
    number   small number of a person inside the warehouse (macro person_numberings)
    root     account or guest before any erasure: that of somebody who came back is on the list, too
    contact  hashed identifier, device or trait; may come back with somebody else
    source   account or device id as the source names it
    act      key of an order, a visit, an answer …: rows of a person carry a role above beside it
    thing    product, store, campaign, rule …: nobody's
  A key column of a public table without a role stops the build, one of another table fails the test
  every_key_column_has_a_role.
-#}
{% macro key_roles() %}
    {%- set names = {
        'person': 'customer_id previous_customer_id from_customer_id to_customer_id referrer_customer_id referred_customer_id'
            ~ ' account_key other_account_key founding_account_key group_key guest_key identity_key person_key visitor_key counted_key'
            ~ ' group_customer_id',
        'number': 'person_number customer_number',
        'root': 'root_key guest_root_key bare_key root_hash key_hash',
        'contact': 'device_key identifier_key email_key phone_key loyalty_card_no_key social_id_key device_id_key trait_key'
            ~ ' birth_date_trait latin_name_trait other_name_trait loyalty_card_no_trait social_id_trait',
        'source': 'account_id bare_account_id referrer_account_id referred_account_id device_id social_id',
        'act': 'order_id line_number payment_id return_id subscription_id entry_id referral_id request_id event_id session_id visit_id'
            ~ ' interaction_id touch_id action_log_id ticket_id review_id response_id enrichment_id answer_id touchpoint_id'
            ~ ' first_touchpoint_id path_id merge_id touch_number entry_number customer_order_number record_key quarantine_number session_number path_number buyer_number visitor_number',
        'thing': 'product_id store_id associate_id agent_id campaign_id entry_campaign_id creative_id content_id question_id'
            ~ ' funnel_number start_number month_number round_number build_number registration_number last_registration_number'
            ~ ' item_number neighbour_number because_number first_number second_number teacher_number taker_number action_number'
            ~ ' fit_number kind_number node_number label_number copy_number feature_number definition_hash previous_definition_hash build_id is_key_node',
    } -%}
    {%- set roles = {} -%}
    {%- for role, columns in names.items() -%}
        {%- for column in columns.split(' ') -%}{%- do roles.update({column: role}) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(roles) }}
{% endmacro %}


{#- Where small numbers of people come from: column → model that gives them, and its column with the person. -#}
{% macro person_numberings() %}
    {{ return({
        'person_number': ['int_identities_numbered', 'person_key'],
        'customer_number': ['int_recommendation_customers', 'customer_id'],
    }) }}
{% endmacro %}


{#- True for a name that looks like a key: it must have a role. -#}
{% macro is_key_name(name) %}
    {{ return(modules.re.search('(_id|_ids|_key|_keys|_number|_hash|_trait)$', name) is not none) }}
{% endmacro %}


{#- On-run-start: stops before anything builds where a key column of a public table has no role. -#}
{% macro check_key_roles() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set roles = key_roles() -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'customer360' -%}
        {%- for name in node.columns if is_key_name(name) and name not in roles -%}{%- do missing.append(node.name ~ '.' ~ name) -%}{%- endfor -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'key columns without a role: ' ~ missing | join(', ') ~ ". An erasure could not find a person there: name the column's role in macro key_roles"
            ~ ' (macros/governance/erasure.sql).'
        ) -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#- Keys of the list: of one kind or several. -#}
{% macro suppressed_keys(kinds) -%}
    (select key_hash from {{ model_relation('int_erasure_suppressions') }} where key_kind in ('{{ kinds | join("', '") }}'))
{%- endmacro %}


{#-
  Post-hook of int_erasure_suppressions: cleans what was made before the list of erased people knew whoever
  asks in this build. Tables that this run still makes follow from the base tables. Returns nothing to run.
-#}
{% macro carry_out_erasures() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- if run_query('select 1 as one from ' ~ model_relation('int_erasure_targets') ~ ' limit 1').rows | length == 0 -%}{{ return('') }}{%- endif -%}
    {%- set done = model_ancestors('int_erasure_suppressions') -%}
    {%- set nodes = [] -%}
    {%- for node in erasable_models() -%}
        {%- if node.unique_id in done or node.config.get('full_refresh') == false or node.unique_id not in selected_resources -%}
            {%- do nodes.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do erase_from(nodes) -%}
    {{ return('') }}
{% endmacro %}


{#- Tables that may hold people; the list of erased people and the log of requests say nothing else. -#}
{% macro erasable_models() %}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'customer360'
        and node.config.materialized not in ('view', 'ephemeral')
        and node.name not in ('int_erasure_suppressions', 'int_erasures', 'erasure_log', 'int_reference_dates') -%}
        {%- do found.append(node) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Unique ids of all models that a model is made from. -#}
{% macro model_ancestors(model_name) %}
    {%- set open = ['model.customer360.' ~ model_name] -%}
    {%- set found = [] -%}
    {%- for step in range(1000) if open -%}
        {%- set node = graph.nodes.get(open.pop()) -%}
        {%- for parent in (node.depends_on.nodes if node else []) if parent not in found -%}
            {%- do found.append(parent) -%}
            {%- do open.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Takes everything that the list of erased people names out of the tables of some models. -#}
{% macro erase_from(nodes) %}
    {%- set bases = {} -%}
    {%- for table in contract_tables() -%}{%- do bases.update({table.base: table.name}) -%}{%- endfor -%}
    {#- orders, visits and tickets first: what refers to them follows -#}
    {%- set owners = ['base_commerce__orders', 'base_behaviour__store_visits', 'base_feedback__service_tickets'] -%}
    {%- set names = nodes | map(attribute='name') | list -%}
    {%- for name in owners + (bases | list | reject('in', owners) | list) if name in names and speaks_of_people(bases[name]) -%}
        {%- set relation = relation_of(name) -%}
        {%- if relation is not none -%}
            {%- do remake_table(relation, 'with judged_base as (select * from ' ~ relation ~ '), ' ~ erased_rows_ctes(bases[name], 'judged_base', typed='judged_base', suppressions=model_relation('int_erasure_suppressions'), is_base=true) ~ ' select * from survivors') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set numbers = {} -%}
    {%- set givers = [] -%}
    {%- for column, giver in person_numberings().items() -%}
        {%- do givers.append(giver[0]) -%}
        {%- if relation_of(giver[0]) is not none -%}{%- do numbers.update({column: [relation_of(giver[0]), giver[1]]}) -%}{%- endif -%}
    {%- endfor -%}
    {#- who is numbered goes last, when no number of theirs stands anywhere else -#}
    {%- set columns = table_columns(nodes) -%}
    {%- for node in (nodes | rejectattr('name', 'in', givers) | list) + (nodes | selectattr('name', 'in', givers) | list)
        if node.name in columns and node.name not in bases -%}
        {%- do change_table(relation_of(node.name), erasure_changes(node, columns[node.name], numbers)) -%}
    {%- endfor -%}
{% endmacro %}


{#- What an erasure changes in a table: rows of people go, rows of their orders stay without a person. -#}
{% macro erasure_changes(node, names, numbers) %}
    {#- who asks in this build, and where they were seen: done -#}
    {%- if node.name in ('int_erasure_targets', 'int_erasure_sightings') -%}{{ return([{'where': '1 = 1'}]) }}{%- endif -%}
    {%- set roles = key_roles() -%}
    {%- set people = suppressed_keys(['account', 'customer']) -%}
    {%- set conditions = [] -%}
    {%- for name in names -%}
        {%- if roles.get(name) == 'person' -%}
            {%- do conditions.append(name ~ ' in ' ~ suppressed_keys(['account', 'customer', 'device'])) -%}
        {%- elif name in numbers -%}
            {%- do conditions.append(name ~ ' in (select ' ~ name ~ ' from ' ~ numbers[name][0] ~ ' where ' ~ numbers[name][1] ~ ' in ' ~ people ~ ')') -%}
        {%- elif name in ('identifier_key', 'device_key') and 'account_key' not in names and 'identity_key' not in names -%}
            {%- do conditions.append(name ~ ' in ' ~ suppressed_keys(['identifier', 'device'])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not conditions and 'order_id' not in names -%}{{ return([]) }}{%- endif -%}
    {%- set is_person = conditions | join(' or ') -%}
    {%- if node.name == 'base_commerce__order_traces' -%}
        {#- the reference date is the newest order's, whoever placed it -#}
        {%- set blank = {} -%}
        {%- for name in names if name.endswith('_key') -%}{%- do blank.update({name: 'null'}) -%}{%- endfor -%}
        {{ return([{'where': is_person, 'set': blank}]) }}
    {%- endif -%}
    {%- set changes = [] -%}
    {%- if 'order_id' in names and 'touchpoint_id' not in names -%}
        {%- set of_person = erasure_token('order_id') ~ ' in (select order_id from ' ~ model_relation('base_commerce__orders') ~ ' where is_erased)' -%}
        {%- set kept = {'order_id': erasure_token('order_id')} -%}
        {%- set needed = [] -%}
        {%- for name in names -%}
            {%- if name in ('payment_id', 'return_id') -%}
                {%- do kept.update({name: erasure_token(name)}) -%}
            {%- elif roles.get(name) in ('person', 'source') or name in ('account_scope', 'coupon_code', 'customer_order_number', 'buyer_number', 'days_since_previous_order') -%}
                {%- do kept.update({name: 'null'}) -%}
                {%- for constraint in node.columns.get(name, {}).get('constraints', []) if constraint.type == 'not_null' -%}{%- do needed.append(name) -%}{%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if 'is_erased' in names -%}{%- do kept.update({'is_erased': 'true'}) -%}{%- endif -%}
        {#- a table that cannot do without the person speaks of people, not of orders -#}
        {%- do changes.append({'where': of_person} if needed else {'where': of_person, 'set': kept}) -%}
    {%- endif -%}
    {%- if conditions -%}{%- do changes.append({'where': is_person}) -%}{%- endif -%}
    {{ return(changes) }}
{% endmacro %}


{#-
  On-run-end: counts what is left of requests that were carried out since the last count or had something left then,
  over every column with the role of a person in every table, and writes it into the log. Residue is an error;
  a warning where the run failed anyway, since its tables were not all made.
-#}
{% macro count_erasure_residue() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set erasures = relation_of('int_erasures') -%}
    {%- set suppressions = relation_of('int_erasure_suppressions') -%}
    {%- if erasures is none or suppressions is none -%}{{ return('') }}{%- endif -%}
    {#- the table of an older version, in a run that did not get as far as making it anew -#}
    {%- if 'residue' not in adapter.get_columns_in_relation(erasures) | map(attribute='name') | list -%}{{ return('') }}{%- endif -%}
    {%- set pending = [] -%}
    {%- set of_nobody = [] -%}
    {%- for row in run_query('select request_id, account_count from ' ~ erasures ~ ' where residue is null or residue != 0 order by request_id').rows -%}
        {%- do pending.append(row[0]) -%}
        {%- if row[1] | int == 0 -%}{%- do of_nobody.append(row[0]) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not pending -%}{{ return('') }}{%- endif -%}
    {%- if of_nobody -%}
        {%- do exceptions.warn(
            'erasure requests that erased nobody: ' ~ of_nobody[:10] | join(', ') ~ (' and ' ~ (of_nobody | length - 10) ~ ' more' if of_nobody | length > 10 else '')
            ~ '. The account cannot be read (marts.quarantined_records), the data do not know it, or an earlier request covers it.'
        ) -%}
    {%- endif -%}
    {%- set roles = key_roles() -%}
    {%- set residue = {} -%}
    {%- set places = [] -%}
    {#- a statement for each table: all tables in one would need more memory than any model -#}
    {%- for name, columns in table_columns(erasable_models()).items() -%}
        {%- set counts = [] -%}
        {%- for column in columns if roles.get(column) == 'person' -%}
            {%- do counts.append("select '" ~ column ~ "' as column_name, erased.request_id, count(*) as row_count from " ~ model_relation(name) ~ ' as found inner join '
                ~ suppressions ~ " as erased on found." ~ column ~ " = erased.key_hash where erased.key_kind in ('account', 'customer') group by erased.request_id") -%}
        {%- endfor -%}
        {%- if counts -%}
            {%- for row in run_query(counts | join(' union all ')).rows if row[1] in pending -%}
                {%- do residue.update({row[1]: residue.get(row[1], 0) + row[2] | int}) -%}
                {%- do places.append(row[1] ~ ': ' ~ row[2] ~ ' row(s) of ' ~ name ~ '.' ~ row[0]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set log_table = relation_of('erasure_log') -%}
    {%- set cases = [] -%}
    {%- for request, row_count in residue.items() -%}{%- do cases.append('when request_id = ' ~ text_literal(request) ~ ' then ' ~ row_count) -%}{%- endfor -%}
    {%- set value = 'cast(' ~ ('case ' ~ cases | join(' ') ~ ' else 0 end' if cases else '0') ~ ' as bigint)' -%}
    {%- for relation in [erasures, log_table] if relation is not none -%}
        {%- do change_table(relation, [{'where': 'residue is null or residue != 0', 'set': {'residue': value}}]) -%}
    {%- endfor -%}
    {%- do adapter.commit() if not on_spark() -%}
    {%- if places -%}
        {%- set message = 'erasure is not complete: ' ~ places[:10] | join('; ') ~ (' and ' ~ (places | length - 10) ~ ' more' if places | length > 10 else '')
            ~ '. Tables that this run did not make may hold the person: run a whole dbt build.' -%}
        {%- if results is defined and results | selectattr('status', 'in', ['error', 'skipped']) | list -%}
            {%- do exceptions.warn(message) -%}
        {%- else -%}
            {%- do exceptions.raise_compiler_error(message) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}


{#-
  dbt run-operation erase_customer --args '{customer_id: …}'
  dbt run-operation erase_customer --args '{source_system: crm, account_id: C58, request_id: R1}'

  Erases one person at once. The next build leaves the person out as well; it also brings figures that
  are made of many people (quantiles, models) up to date.
    requested_at  up to when what was seen is the person's; default: the reference date
-#}
{% macro erase_customer(customer_id=none, source_system=none, account_id=none, request_id=none, requested_at=none) %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set accounts = relation_of('int_customer_accounts') -%}
    {%- set suppressions = relation_of('int_erasure_suppressions') -%}
    {%- if accounts is none or suppressions is none -%}
        {%- do exceptions.raise_compiler_error('erase_customer: there is no warehouse yet, run dbt build first') -%}
    {%- endif -%}
    {%- do keep_one_salt() -%}
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
    {%- set erasures = relation_of('int_erasures') -%}
    {%- set request = request_id if request_id else 'operation-' ~ run_query('select count(*) + 1 as next_number from ' ~ erasures).rows[0][0] -%}
    {%- if run_query('select 1 as one from ' ~ erasures ~ ' where request_id = ' ~ text_literal(request)).rows | length > 0 -%}
        {%- do exceptions.raise_compiler_error("erase_customer: request '" ~ request ~ "' was carried out before; give this one another request_id") -%}
    {%- endif -%}
    {%- set as_of = relation_of('stg_commerce__as_of') -%}
    {%- set requested = 'cast(' ~ text_literal(requested_at) ~ ' as timestamp)' if requested_at else '(select as_of_at from ' ~ as_of ~ ')' -%}
    {%- set targets = 'select account_key from ' ~ accounts ~ " where customer_id = '" ~ customer ~ "'" -%}
    {%- set keys = [
        "select 'account' as key_kind, account_key as key_hash, root_key as root_hash from ("
            ~ 'select account_key, ' ~ account_root_key() ~ ' as root_key from ' ~ accounts ~ " where account_kind = 'account' and customer_id = '" ~ customer ~ "'"
            ~ ' union all select guest_key, guest_root_key from ' ~ relation_of('base_commerce__orders') ~ ' where guest_key in (' ~ targets ~ ') group by guest_key, guest_root_key) as own_accounts',
        "select 'customer' as key_kind, customer_id as key_hash, customer_id as root_hash from " ~ accounts ~ " where customer_id = '" ~ customer ~ "' group by customer_id",
        "select 'bare_account' as key_kind, bare_key as key_hash, bare_key as root_hash from (select " ~ bare_account_key('account_id') ~ ' as bare_key, account_key from '
            ~ accounts ~ ' where account_id is not null) as named_accounts group by bare_key having count(*) = count(case when account_key in (' ~ targets ~ ') then 1 end)',
        "select case when identifier_type = 'device_id' then 'device' else 'identifier' end as key_kind, identifier_key as key_hash, identifier_key as root_hash from "
            ~ relation_of('int_identity_mentions') ~ ' group by identifier_type, identifier_key having count(*) = count(case when account_key in (' ~ targets ~ ') then 1 end)',
    ] -%}
    {%- if relation_of('int_device_owners') is not none -%}
        {%- do keys.append("select 'device' as key_kind, device_key as key_hash, device_key as root_hash from " ~ relation_of('int_device_owners')
            ~ ' group by device_key having count(*) = count(case when account_key in (' ~ targets ~ ') then 1 end)') -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ erasures ~ ' (request_id, requested_at, erased_as_of, account_count, residue) select '
        ~ text_literal(request) ~ ', ' ~ requested ~ ', as_of, ' ~ found[0] ~ ', null from ' ~ as_of) -%}
    {%- do run_query('insert into ' ~ suppressions ~ ' (key_kind, key_hash, root_hash, suppressed_until, request_id) select key_kind, key_hash, root_hash, '
        ~ requested ~ ', ' ~ text_literal(request) ~ ' from (' ~ keys | join(' union ') ~ ') as erased_keys') -%}
    {%- do erase_from(erasable_models()) -%}
    {%- set log_table = relation_of('erasure_log') -%}
    {%- if log_table is not none -%}
        {%- do run_query('insert into ' ~ log_table ~ ' (request_id, requested_at, erased_as_of, accounts, residue) select request_id, requested_at, erased_as_of, account_count, null from '
            ~ erasures ~ ' where request_id = ' ~ text_literal(request)) -%}
    {%- endif -%}
    {%- do count_erasure_residue() -%}
    {%- do adapter.commit() if not on_spark() -%}
    {%- do log('erased: ' ~ found[0] ~ ' account(s) of customer ' ~ customer ~ ', request ' ~ request ~ '. Run dbt build to bring figures of many people up to date.', info=true) -%}
{% endmacro %}
