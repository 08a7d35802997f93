{#-
  One row per account and device on which it was seen, for the accounts that ask for erasure in this build
  and for whoever else was seen on their devices; device_key null: seen without one. Reads the raw
  tables, because no base table is made before it is known who is erased; nothing, where nobody asks.
-#}
{%- set naming_tables = [] -%}
{%- for name, contract in raw_contract().items() if name not in ('accounts', 'erasure_requests') and account_columns(name) -%}
    {%- for account in account_columns(name) -%}
        {%- do naming_tables.append({'table': name, 'account': account, 'happened': contract.happened, 'has_device': 'device_id' in contract.columns}) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set inline = per_engine('not materialized', '') -%}
with

targets as (

    select
        root_key,
        max(requested_at) as requested_at
    from {{ ref('int_erasure_targets') }}
    group by root_key

),

any_target as (

    select count(*) as target_count
    from targets
    having count(*) > 0

),

id_spaces as (

    select * from {{ ref('account_id_spaces') }}

),

{% for source in naming_tables %}
{%- set names = ['source_system', source.account] + (['device_id'] if source.has_device else []) -%}
{%- set contract = raw_table_contract(source.table) -%}
{%- set columns = contract.columns | selectattr('name', 'in', names + [source.happened]) | list -%}
{%- set event = columns | selectattr('name', 'equalto', source.happened) | first %}
-- the first time at which an account stands beside a device; times of other forms are kept as text
{{ source.table }}_{{ source.account }}_rows as {{ inline }} (

    with read_rows as (

        select
            {%- for name in names %}
            {{ name }} as {{ name }}__raw,
            {%- endfor %}
            {{ raw_text(source.happened) }} as happened_text,
            {{ plain_value(source.table, event, source.happened, raw_text(source.happened)) }} as read_at
        from {{ raw(contract.group, source.table) }}

    ),

    unread_rows as (

        select
            {%- for name in names %}
            {{ name }}__raw,
            {%- endfor %}
            case when read_rows.read_at is null then read_rows.happened_text end as {{ source.happened }}__raw,
            read_rows.read_at
        from read_rows
        cross join any_target

    ),

    raw_rows as (

        select
            {%- for name in names %}
            {{ name }}__raw,
            {%- endfor %}
            {{ source.happened }}__raw,
            min(read_at) as read_at
        from unread_rows
        group by
            {%- for name in names %}
            {{ name }}__raw,
            {%- endfor %}
            {{ source.happened }}__raw

    ),

    {{ typed_ctes(source.table, columns, 'raw_rows', with_delivery=false) }}

    select
        source_system,
        {{ source.account }} as account_id,
        {{ 'device_id' if source.has_device else 'cast(null as string)' }} as device_id,
        coalesce(read_at, {{ seen_at(source.table) }}) as seen_at
    from typed

),

{{ source.table }}_{{ source.account }}s as (

    select
        named_rows.source_system,
        named_rows.account_id,
        named_rows.device_id,
        min(named_rows.seen_at) as first_seen_at
    from {{ source.table }}_{{ source.account }}_rows as named_rows
    where named_rows.source_system is not null and named_rows.account_id is not null
    group by named_rows.source_system, named_rows.account_id, named_rows.device_id

),
{% endfor %}

seen as (

    {%- for source in naming_tables %}

    select * from {{ source.table }}_{{ source.account }}s
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

keyed as (

    select
        {{ salted_hash(["'account'", 'coalesce(id_spaces.id_space, seen.source_system)', 'seen.account_id']) }} as root_key,
        case when seen.device_id is not null then {{ salted_hash(["'device'", 'seen.device_id']) }} end as device_key,
        seen.first_seen_at
    from seen
    left join id_spaces on seen.source_system = id_spaces.source_system

),

hashed as (

    select
        root_key,
        device_key,
        min(first_seen_at) as first_seen_at
    from keyed
    group by root_key, device_key

),

judged as (

    select
        hashed.root_key,
        hashed.device_key,
        targets.root_key is not null and coalesce(hashed.first_seen_at <= targets.requested_at, true) as is_target
    from hashed
    left join targets on hashed.root_key = targets.root_key

),

target_devices as (

    select device_key
    from judged
    where is_target and device_key is not null
    group by device_key

),

final as (

    select
        judged.root_key,
        judged.device_key,
        judged.is_target
    from judged
    left join target_devices on judged.device_key = target_devices.device_key
    where judged.is_target or target_devices.device_key is not null

)

select * from final
