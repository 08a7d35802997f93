{#-
  Which rows of a base table belong to people who asked for erasure, and what is left of them.

  A request covers what was seen up to `suppressed_until`; what the same keys do later is a new person's.
  A row is the person's
    by account    it names an account on the list
    by guest      an order without an account, with the contact of a guest on the list
    by device     it names no account, and the device was the person's alone
    by reference  it names no other account, and an order, a visit or a ticket of the person
    by contact    an account or order that was not accepted, with an e-mail, phone … of the person alone
  A row without a readable time is the person's: nobody can say that it came later.

  What is left: orders, lines, payments and returns that were accepted count on without a person, their
  keys replaced by tokens; of every other row its table, its money and its delivery, and a token where
  other rows refer to it.

  Ids are hashed once a distinct value, and only where the list names anybody.
-#}


{#- Token in place of a key of an erased person's row: says nothing, and is the same in every table. -#}
{% macro erasure_token(key) -%}
    {{ salted_hash(["'erased'", key]) }}
{%- endmacro %}


{#- Columns of a contract table that name an account. -#}
{% macro account_columns(table) %}
    {{ return(raw_contract(table).columns | select('in', ['account_id', 'referrer_account_id', 'referred_account_id']) | list) }}
{% endmacro %}


{#-
  True for tables with a key of a person, or of an order, a visit or a ticket. The others, exchange rates
  among them, are read before anybody knows who is erased.
-#}
{% macro speaks_of_people(table) %}
    {%- set keys = account_columns(table) + ['device_id', 'order_id', 'visit_id', 'ticket_id'] -%}
    {{ return(raw_contract(table).columns | select('in', keys) | list | length > 0) }}
{% endmacro %}


{#-
  The list of erased people as the last build left it, for what is read before this build's list is made.
  A list of an older version of the project has neither times nor requests: its keys stay out for good.
-#}
{% macro known_suppressions() %}
    {%- set held = table_of_last_build('intermediate', 'int_erasure_suppressions', is_kept=true) -%}
    {%- set has_times = held is not none and 'suppressed_until' in adapter.get_columns_in_relation(held) | map(attribute='name') | list -%}
    {%- set text = 'cast(null as string)' -%}
    {{ return(
        '(select key_kind, key_hash, '
        ~ ('root_hash, suppressed_until' if has_times else 'key_hash as root_hash, cast(null as timestamp) as suppressed_until')
        ~ ' from ' ~ held ~ ') as known_suppressions' if held is not none
        else '(select ' ~ text ~ ' as key_kind, ' ~ text ~ ' as key_hash, ' ~ text ~ ' as root_hash, cast(null as timestamp) as suppressed_until where 1 = 0) as known_suppressions'
    ) }}
{% endmacro %}


{#- Columns of accounts and orders with a contact of a person: {column: type of identifier}. -#}
{% macro contact_columns(table) %}
    {{ return({
        'accounts': {'email': 'email', 'phone': 'phone', 'loyalty_card_no': 'loyalty_card_no', 'social_id': 'social_id', 'device_id': 'device_id'},
        'orders': {'guest_email': 'email', 'guest_phone': 'phone'},
    }.get(table, {})) }}
{% endmacro %}


{#-
  When the thing that a row tells of was seen, for comparison with a request: the contract's time. An
  account counts from its registration; one without, from its last update. A request that cannot be read
  counts from its delivery.
-#}
{% macro seen_at(table) -%}
    {%- set happened = raw_contract(table).get('happened') -%}
    {%- if table == 'accounts' -%}coalesce(registered_at, updated_at)
    {%- elif table == 'erasure_requests' -%}case when row_status = 'quarantined' then _loaded_at else requested_at end
    {%- elif happened -%}cast({{ happened }} as timestamp)
    {%- else -%}cast(null as timestamp)
    {%- endif -%}
{%- endmacro %}


{#- CTEs with the list of erased people: erasure_limits by root key, and any_erasure, one row where it names anybody. -#}
{% macro erasure_list_ctes(suppressions) -%}
erasure_limits as (

    select
        key_kind,
        coalesce(root_hash, key_hash) as root_hash,
        -- the list of an older version has no times: for good
        max(coalesce(suppressed_until, timestamp '9999-12-31 00:00:00')) as suppressed_until,
        count(distinct suppressed_until) as erasure_count
    from {{ suppressions }}
    where key_kind != 'customer'
    group by key_kind, coalesce(root_hash, key_hash)

),

any_erasure as (

    select 1 as one
    from erasure_limits
    limit 1

)
{%- endmacro %}


{#-
  The CTE `named_rows`: the keys and contacts of people that the rows of a raw table name, a row for each
  combination, by which they can be found on the list. Nothing is read while the list is empty.
-#}
{% macro named_rows_cte(table) -%}
{%- set contract = raw_table_contract(table) -%}
{%- set names = ['source_system', 'device_id', 'order_id', 'visit_id', 'ticket_id'] + account_columns(table) + contact_columns(table) | list -%}
{%- set own_key = {'orders': 'order_id', 'store_visits': 'visit_id', 'service_tickets': 'ticket_id'}.get(table) -%}
{%- set columns = contract.columns | selectattr('name', 'in', names) | rejectattr('name', 'equalto', own_key) | list -%}
{%- set names = columns | map(attribute='name') | list -%}
named_rows as (

    with raw_rows as (

        select
            {%- for name in names %}
            raw_keys.{{ name }} as {{ name }}__raw{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ raw(contract.group, table) }} as raw_keys
        cross join any_erasure
        group by raw_keys.{{ names | join(', raw_keys.') }}

    ),

    {{ typed_ctes(table, columns, 'raw_rows', with_delivery=false) }}

    select {{ names | join(', ') }}
    from typed

)
{%- endmacro %}


{#-
  CTEs that end in `<name>`: the distinct values of a relation's column that are on the list, with the
  time up to which they are the person's. Nothing is read while the list is empty.
    value   column of the values
    kind    kind of key on the list
    hash    expression: the key of a value
    where   condition on the rows that are looked at
    joined  join that the expression needs
-#}
{% macro erased_values(name, source, value, kind, hash, where='true', joined='') -%}
named_{{ name }} as (

    select {{ source }}.{{ value }}
    from {{ source }}
    cross join any_erasure
    where {{ source }}.{{ value }} is not null and {{ where }}
    group by {{ source }}.{{ value }}

),

hashed_{{ name }} as (

    select
        {{ value }},
        {{ hash }} as root_hash
    from named_{{ name }}
    {{ joined }}

),

{{ name }} as (

    select
        hashed_{{ name }}.{{ value }},
        erasure_limits.suppressed_until
    from hashed_{{ name }}
    inner join erasure_limits
        on
            hashed_{{ name }}.root_hash = erasure_limits.root_hash
            and erasure_limits.key_kind = '{{ kind }}'

)
{%- endmacro %}


{#-
  CTEs that end in `erased_<key>s`: keys of a relation that stand in the table of their owner (an order,
  a visit, a ticket) as tokens only. Nothing is read while that table has no erased row.
-#}
{% macro erased_references(key, source, owner) -%}
{{ key }}_tokens as (

    select {{ key }} as token
    from {{ owner }}
    where is_erased and {{ key }} is not null
    group by {{ key }}

),

any_{{ key }}_token as (

    select 1 as one
    from {{ key }}_tokens
    limit 1

),

named_{{ key }}s as (

    select {{ source }}.{{ key }}
    from {{ source }}
    cross join any_{{ key }}_token
    where {{ source }}.{{ key }} is not null
    group by {{ source }}.{{ key }}

),

hashed_{{ key }}s as (

    select
        {{ key }},
        {{ erasure_token(key) }} as token
    from named_{{ key }}s

),

erased_{{ key }}s as (

    select
        hashed_{{ key }}s.{{ key }},
        hashed_{{ key }}s.token
    from hashed_{{ key }}s
    inner join {{ key }}_tokens on hashed_{{ key }}s.token = {{ key }}_tokens.token

)
{%- endmacro %}


{#- True where a matched key covers the row: it was seen up to the request, or nobody knows when. -#}
{% macro is_covered(table, suppressed_until) -%}
    coalesce({{ seen_at(table) }} <= {{ suppressed_until }}, {{ suppressed_until }} is not null)
{%- endmacro %}


{#-
  The CTEs from judged rows to `survivors`, the rows of the base table.
    judged        CTE or relation with the judged rows (macro judged_rows), or a base table itself
    typed         CTE or relation with the same keys, cheaper to read (named_rows_cte)
    suppressions  with is_base: relation with the keys of erased people (int_erasure_suppressions)
    is_base       true: `judged` is a base table, whose erased rows stay erased
-#}
{% macro erased_rows_ctes(table, judged, typed='named_rows', suppressions=none, is_base=false) -%}
{%- set contract = raw_contract(table) -%}
{%- set names = contract.columns | list -%}
{%- set accounts = account_columns(table) -%}
{%- set contacts = contact_columns(table) -%}
{%- set is_order_table = table in ('orders', 'order_items', 'payments', 'returns') -%}
{#- keys of others that the rows refer to: {column: base model of the owner} -#}
{%- set references = {} -%}
{%- for key, owner in {'order_id': 'orders', 'visit_id': 'store_visits', 'ticket_id': 'service_tickets'}.items() -%}
    {%- if key in names and table != owner -%}
        {%- do references.update({key: 'base_' ~ raw_contract(owner).group ~ '__' ~ owner}) -%}
    {%- endif -%}
{%- endfor -%}
{%- set names_no_account = (accounts | join(' is null and ') ~ ' is null') if accounts else 'true' -%}
{%- set inline = per_engine('not materialized', '') -%}
{% if is_base -%}
{{ erasure_list_ctes(suppressions) }},

{% endif -%}
{% if accounts -%}
id_spaces as (

    select * from {{ model_relation('account_id_spaces') if is_base else ref('account_id_spaces') }}

),

{% endif -%}
{% for account in accounts -%}
named_{{ account }}s as (

    select
        {{ typed }}.source_system,
        {{ typed }}.{{ account }}
    from {{ typed }}
    cross join any_erasure
    where {{ typed }}.{{ account }} is not null
    group by {{ typed }}.source_system, {{ typed }}.{{ account }}

),

-- an account without its system is the person's where no other system has the id
hashed_{{ account }}s as (

    select
        named_{{ account }}s.source_system,
        named_{{ account }}s.{{ account }},
        case when named_{{ account }}s.source_system is null then 'bare_account' else 'account' end as key_kind,
        case
            when named_{{ account }}s.source_system is null
                then {{ bare_account_key('named_' ~ account ~ 's.' ~ account) }}
            else {{ salted_hash(["'account'", 'coalesce(id_spaces.id_space, named_' ~ account ~ 's.source_system)', 'named_' ~ account ~ 's.' ~ account]) }}
        end as root_hash
    from named_{{ account }}s
    left join id_spaces on named_{{ account }}s.source_system = id_spaces.source_system

),

erased_{{ account }}s as (

    select
        hashed_{{ account }}s.source_system,
        hashed_{{ account }}s.{{ account }},
        erasure_limits.suppressed_until,
        erasure_limits.erasure_count
    from hashed_{{ account }}s
    inner join erasure_limits
        on
            hashed_{{ account }}s.key_kind = erasure_limits.key_kind
            and hashed_{{ account }}s.root_hash = erasure_limits.root_hash

),

{% endfor -%}
{% if 'device_id' in names and table != 'accounts' -%}
{{ erased_values('erased_devices', typed, 'device_id', 'device', salted_hash(["'device'", 'device_id']), names_no_account) }},

{% endif -%}
{% for column, identifier_type in contacts.items() -%}
{%- set is_email = identifier_type == 'email' -%}
{%- set mailbox_rules = (model_relation('identity_mailbox_rules') if is_base else ref('identity_mailbox_rules')) if is_email -%}
{{ erased_values(
    'erased_' ~ column ~ 's', typed, column, 'device' if column == 'device_id' else 'identifier',
    identifier_key("'" ~ identifier_type ~ "'", canonical_email(column) if is_email else column),
    joined=mailbox_rules_join(column, mailbox_rules) if is_email else ''
) }},

{% endfor -%}
{% for key, owner in references.items() if not (is_order_table and not is_base) -%}
{{ erased_references(key, typed, model_relation(owner) if is_base else ref(owner)) }},

{% endfor -%}
{% if table == 'orders' -%}
{{ guest_contacts_ctes(
    typed,
    model_relation('identity_blocked_values') if is_base else ref('identity_blocked_values'),
    model_relation('identity_role_addresses') if is_base else ref('identity_role_addresses')
) }},

{% endif -%}
matched as {{ inline }} (

    select
        judged.*
        {%- for account in accounts %},
        case
            when erased_{{ account }}s.erasure_count is null then coalesce(id_spaces.id_space, judged.source_system)
            else concat(
                coalesce(id_spaces.id_space, judged.source_system), '~', {{ as_text('erased_' ~ account ~ 's.erasure_count') }}
            )
        end as {{ account | replace('account_id', 'account_scope') }}__survivor
        {%- endfor %}
        {%- if table == 'orders' %},
        {{ guest_contact('judged') }} as guest_contact,
        guest_limits.erasure_count as guest_erasure_count
        {%- endif %}
        {%- for key in references %},
        erased_{{ key }}s.token as {{ key }}__token
        {%- endfor %}
        {%- for column in contacts %},
        {{ is_covered(table, 'erased_' ~ column ~ 's.suppressed_until') }} as {{ column }}__is_erased
        {%- endfor %},
        (
            false
            {%- for account in accounts %}
            or {{ is_covered(table, 'erased_' ~ account ~ 's.suppressed_until') }}
            {%- endfor %}
            {%- if table == 'orders' %}
            or (judged.account_id is null and {{ is_covered(table, 'guest_limits.suppressed_until') }})
            {%- endif %}
            {%- if 'device_id' in names and table != 'accounts' %}
            or (
                {%- for account in accounts %}
                judged.{{ account }} is null and
                {%- endfor %}
                {%- if table == 'orders' %}
                coalesce(judged.guest_email, judged.guest_phone) is null and
                {%- endif %}
                {{ is_covered(table, 'erased_devices.suppressed_until') }}
            )
            {%- endif %}
            {%- for key in references %}
            or (
                {%- for account in accounts %}
                judged.{{ account }} is null and
                {%- endfor %}
                erased_{{ key }}s.token is not null
            )
            {%- endfor %}
            {%- for column in contacts %}
            or (judged.row_status != 'accepted' and {{ is_covered(table, 'erased_' ~ column ~ 's.suppressed_until') }})
            {%- endfor %}
        ) as is_person
    from {{ judged }} as judged
    {%- if accounts %}
    left join id_spaces on judged.source_system = id_spaces.source_system
    {%- endif %}
    {%- for account in accounts %}
    left join erased_{{ account }}s
        on
            judged.{{ account }} = erased_{{ account }}s.{{ account }}
            and judged.source_system is not distinct from erased_{{ account }}s.source_system
    {%- endfor %}
    {%- if 'device_id' in names and table != 'accounts' %}
    left join erased_devices on judged.device_id = erased_devices.device_id
    {%- endif %}
    {%- for column in contacts %}
    left join erased_{{ column }}s on judged.{{ column }} = erased_{{ column }}s.{{ column }}
    {%- endfor %}
    {%- for key in references %}
    left join erased_{{ key }}s on judged.{{ key }} = erased_{{ key }}s.{{ key }}
    {%- endfor %}
    {%- if table == 'orders' %}
    {{ guest_contacts_joins('judged') }}
    {%- endif %}

),

survivors as (

    select
        {%- set tokens = {'orders': ['order_id'], 'payments': ['payment_id'], 'returns': ['return_id'], 'store_visits': ['visit_id'], 'service_tickets': ['ticket_id']}.get(table, []) %}
        {%- set kept = {'erasure_requests': ['request_id', 'requested_at']}.get(table, []) + [contract.get('amount', ''), 'currency'] %}
        {%- set personal = ['account_id', 'guest_email', 'guest_phone', 'device_id', 'coupon_code'] %}
        {%- for name in names %}
        {%- if name in references %}
        {%- if is_order_table %}
        coalesce({{ name }}__token, {{ name }}) as {{ name }},
        {%- else %}
        case when not is_person then coalesce({{ name }}__token, {{ name }}) end as {{ name }},
        {%- endif %}
        {%- elif name in tokens %}
        case when is_person then {{ erasure_token(name) }} else {{ name }} end as {{ name }},
        {%- elif name in kept %}
        {{ name }},
        {%- elif is_order_table and name not in personal %}
        case when not is_person or row_status = 'accepted' then {{ name }} end as {{ name }},
        {%- elif table == 'orders' and name in contacts %}
        case when not is_person and not {{ name }}__is_erased then {{ name }} end as {{ name }},
        {%- else %}
        case when not is_person then {{ name }} end as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- if 'amount' in contract and 'currency' not in names %}
        currency,
        {%- endif %}
        {%- if 'amount' in contract %}
        rate_to_base,
        {%- endif %}
        _loaded_at,
        case
            when is_person {{ "and row_status != 'accepted'" if is_order_table }} then 'erased'
            else row_status
        end as row_status,
        is_person {{ 'or is_erased' if is_base }} as is_erased,
        case when not is_person then row_reasons end as row_reasons,
        case when not is_person then row_corrections end as row_corrections,
        case when not is_person then row_flags end as row_flags,
        case when not is_person then raw_record end as raw_record
        {%- for account in accounts %},
        case when not is_person then {{ account | replace('account_id', 'account_scope') }}__survivor end as {{ account | replace('account_id', 'account_scope') }}
        {%- endfor %}
        {%- if table == 'orders' %},
        case when not is_person then {{ guest_key('guest_contact', 'guest_erasure_count') }} end as guest_key,
        case when not is_person then {{ guest_key('guest_contact') }} end as guest_root_key
        {%- endif %}
    from matched

)
{%- endmacro %}
