{#-
  From the raw text of a table to typed values, whatever their form. What becomes of the rows: base_table.sql; what
  is wrong with them: row_rules.sql; which need no closer look: plain_rows.sql.
-#}


{#-
  CTEs from a relation with raw rows to `typed`: every column read, whatever its form.
    columns        columns of the contract to read
    with_delivery  whether _loaded_at is read as well
-#}
{% macro typed_ctes(table, columns, source, with_delivery=true) %}
{%- set contract = raw_table_contract(table) -%}
{%- set delivery = [{'name': '_loaded_at', 'type': 'timestamp', 'values': []}] if with_delivery else [] -%}
{%- set inline = per_engine('not materialized', '') -%}
-- text without blanks around it
trimmed as {{ inline }} (

    select
        *,
        {%- for column in columns + delivery %}
        {{ trim_blanks(column.name ~ '__raw', is_folded(column)) }} as {{ column.name }}__trimmed{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source }}

),

-- words that mean nothing become null
cleaned as {{ inline }} (

    select
        *,
        {%- for column in columns + delivery %}
        {{ without_null_words(column.name ~ '__trimmed', keep=column['values']) }} as {{ column.name }}__text{{ ',' if not loop.last }}
        {%- endfor %}
    from trimmed

),

-- typed values of what is written plainly
plain as {{ inline }} (

    select
        {%- for column in columns + delivery if has_forms(column) %}
        {{ plain_value(table, column, column.name ~ '__raw', column.name ~ '__text') }} as {{ column.name }}__plain,
        {%- endfor %}
        *
    from cleaned

),

-- other forms of times, days and numbers; see docs/raw-data.md
formed as {{ inline }} (

    select
        {%- for column in columns + delivery if has_forms(column) %}
        {{ form_if_not_plain(table, column, column.name ~ '_') }} as {{ column.name }}__form,
        {%- endfor %}
        *
    from plain

),

-- typed values; what cannot be read is null and named below
typed as {{ inline }} (

    select
        *,
        {%- for column in columns %}
        {{ parse_key_or_value(contract, column) }} as {{ column.name }}{{ ',' if with_delivery or not loop.last }}
        {%- endfor %}
        {%- if with_delivery %}
        {{ value_of_form('timestamp', '_loaded_at_') }} as _loaded_at
        {%- endif %}
    from formed
    {{ computed_once() }}

)
{%- endmacro %}


{#-
  The CTEs from the raw table to `typed`, for those who look at the raw tables again.
    only  names of the columns to read, without _loaded_at; default: all
-#}
{% macro typed_rows(table, only=none) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns if only is none else contract.columns | selectattr('name', 'in', only) | list -%}
with

raw_rows as {{ per_engine('not materialized', '') }} (

    select
        {%- for column in columns %}
        {{ column.name }} as {{ column.name }}__raw,
        {%- endfor %}
        {%- if only is none %}
        _loaded_at as _loaded_at__raw,
        {%- endif %}
        {{ '_unparseable' if var('raw_data') != 'sample' else 'cast(null as string)' }} as unparseable_line
    from {{ raw(contract.group, table) }}

),

{{ typed_ctes(table, columns, 'raw_rows', with_delivery=only is none) }}
{%- endmacro %}


{#-
  The CTEs of a base table from the raw table to `plain_rows`, those that are written plainly, as they stand,
  and to `closely_read`: those of an odd key: others, and those whose key several rows claim (is_contested).
-#}
{% macro sorted_rows(table) %}
{%- set contract = raw_table_contract(table) -%}
{%- set columns = contract.columns -%}
{%- set key_columns = columns | selectattr('name', 'in', contract.key) | list -%}
{%- set loaded_at = {'name': '_loaded_at', 'type': 'timestamp', 'values': []} -%}
{%- set plain_keys = [] -%}
{%- set clean_keys = [] -%}
{%- set read_keys = [] -%}
{%- for column in key_columns -%}
    {#- keys that are hashed lose their case; one print for more than one key does no harm -#}
    {%- set text = column.name ~ '__key_text' -%}
    {%- do plain_keys.append('lower(' ~ value_of_plain(column) ~ ')' if column.type == 'text' else value_of_plain(column)) -%}
    {%- do clean_keys.append('lower(' ~ text ~ ')' if column.type == 'text' else value_of_form(column.type, column.name ~ '__key') if has_forms(column) else parse_as(column.type, text)) -%}
    {%- do read_keys.append('lower(' ~ column.name ~ '__text)' if column.type == 'text' else column.name if has_forms(column) else parse_as(column.type, column.name ~ '__text')) -%}
{%- endfor -%}
{#- a large table is read several times rather than kept in memory; see docs/decisions.md -#}
{%- set inline = per_engine('not materialized', '') -%}
with

raw_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ column.name }} as {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at as _loaded_at__raw,
        {{ '_unparseable' if var('raw_data') != 'sample' else 'cast(null as string)' }} as unparseable_line
    from {{ raw(contract.group, table) }}

),

-- times, days and numbers that are written plainly: nearly all
read_rows as {{ inline }} (

    select
        {%- for column in columns + [loaded_at] if is_read_plain(column) %}
        {{ plain_value(table, column, column.name ~ '__raw', raw_text(column.name ~ '__raw')) }} as {{ column.name }}__plain,
        {%- endfor %}
        *
    from raw_rows

),

-- keys that more than one raw row claims; only their rows have to compete
key_texts as {{ inline }} (

    select
        {%- for column in key_columns %}
        {%- set text = raw_text(column.name ~ '__raw') %}
        {%- set clean = trim_blanks(column.name ~ '__raw', is_folded(column)) %}
        {%- if has_forms(column) %}
        {{ column.name }}__plain,
        case when {{ column.name }}__plain is null then {{ without_null_words(clean) }} end as {{ column.name }}__key_text
        {%- elif column.required %}
        case when {{ has_other_than(text, '!-~') }} then {{ clean }} else {{ text }} end as {{ column.name }}__key_text
        {%- else %}
        {{ without_null_words(clean, keep=column['values']) }} as {{ column.name }}__key_text
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from read_rows

),

key_plain as {{ inline }} (

    select
        {%- for column in key_columns if has_forms(column) %}
        {{ or_read_again(table, column, column.name ~ '__plain', column.name ~ '__key_text') }} as {{ column.name }}__key_plain,
        {%- endfor %}
        *
    from key_texts

),

key_forms as {{ inline }} (

    select
        {%- for column in key_columns if has_forms(column) %}
        {{ form_if_not_plain(table, column, column.name ~ '__key') }} as {{ column.name }}__key_form,
        {%- endfor %}
        *
    from key_plain

),

keyed as {{ inline }} (

    select {{ row_fingerprint(clean_keys) }} as key_print
    from key_forms

),

contested_keys as (

    select key_print as contested_print
    from keyed
    group by key_print
    having count(*) > 1

),

tested as {{ inline }} (

    select
        *,
        {{ row_fingerprint(plain_keys) }} as plain_print
    from read_rows

),

-- the keys of rows that are not plain, or that several rows claim: few, so each row is looked at once
odd_keys as {{ per_engine('materialized', '') }} (

    select plain_print as odd_print
    from tested
    where
        coalesce(
            unparseable_line is not null
            or (_loaded_at__plain is null and _loaded_at__raw is not null)
            {%- for column in columns %}
            or {{ needs_closer_look(contract, column) }}
            {%- endfor %},
            false
        )
    union
    select contested_print as odd_print
    from contested_keys

),

marked as {{ inline }} (

    select
        tested.*,
        odd_keys.odd_print is not null as is_odd
    from tested
    left join odd_keys on tested.plain_print = odd_keys.odd_print

),

other_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at__raw,
        unparseable_line
    from marked
    where is_odd

),

{{ typed_ctes(table, columns, 'other_rows') }},

printed as {{ inline }} (

    select
        *,
        {{ row_fingerprint(read_keys) }} as key_print
    from typed

),

plain_rows as {{ inline }} (

    select
        {%- for column in columns %}
        {{ value_of_plain(column) }} as {{ column.name }},
        {{ column.name }}__raw,
        {%- endfor %}
        _loaded_at__plain as _loaded_at,
        _loaded_at__raw,
        unparseable_line
    from marked
    where not is_odd

),

closely_read as {{ inline }} (

    select
        printed.*,
        contested_keys.contested_print is not null as is_contested
    from printed
    left join contested_keys on printed.key_print = contested_keys.contested_print

)
{%- endmacro %}


{#- A value that was read plainly, or else what its cleaned text is read as. -#}
{% macro or_read_again(table, column, plain, text) -%}
    {%- if column_formats(table, column.name, column.type) -%}{{ plain }}
    {%- else -%}coalesce({{ plain }}, {{ parse_as(column.type, text) }})
    {%- endif -%}
{%- endmacro %}


{#- True for columns whose full-width characters are folded: all but prose. -#}
{% macro is_folded(column) %}
    {{ return(column.type != 'text' or is_id_column(column.name)) }}
{% endmacro %}


{#- True for columns that more than one form is read of. -#}
{% macro has_forms(column) %}
    {{ return(column.type in ('timestamp', 'date', 'money', 'signed', 'number', 'int', 'double')) }}
{% endmacro %}


{#- The typed value of a text that is written plainly; null for other forms, and for all texts of a declared format. -#}
{% macro plain_value(table, column, raw_value, text) -%}
    {%- if column_formats(table, column.name, column.type) -%}{{ parse_typed_or_text(column.type, raw_value, 'cast(null as string)') }}
    {%- else -%}{{ parse_typed_or_text(column.type, raw_value, text) }}
    {%- endif -%}
{%- endmacro %}


{#- The plain form of a text that is not written plainly, null elsewhere. `stem` begins the names stem_text, stem_plain, stem_form. -#}
{% macro form_if_not_plain(table, column, stem) -%}
    case
        when {{ stem }}_plain is null and {{ stem }}_text is not null
            then {{ normal_form(column.type, stem ~ '_text', column_formats(table, column.name, column.type)) }}
    end
{%- endmacro %}


{#- The typed value from its plain value and its form. -#}
{% macro value_of_form(type, stem) -%}
    coalesce({{ stem }}_plain, case when {{ stem }}_form is not null then {{ parse_as(type, stem ~ '_form') }} end)
{%- endmacro %}


{#- Money of a raw column in one expression, for those who look at the raw tables again. -#}
{% macro amount_of_raw(table, column) -%}
    {%- set text = trim_blanks(column, folded=true) -%}
    {%- set formats = column_formats(table, column, 'money') -%}
    {%- set other = parse_number(normal_form('money', text, formats)) -%}
    {{ 'coalesce(' ~ parse_number(text) ~ ', ' ~ other ~ ')' if not formats else other }}
{%- endmacro %}


{#-
  A contract column's typed value. No e-mail address or phone number goes on in a column that is not
  made for it, see text_role; a damaged key that identifies nothing is emptied.
-#}
{% macro parse_key_or_value(contract, column) -%}
    {%- set text = column.name ~ '__text' -%}
    {%- set role = text_role(contract, column.name) if column.type in ('text', 'code') -%}
    {%- set safe = text -%}
    {%- if role == 'key' -%}{%- set safe = hashed_if_personal(text) -%}
    {%- elif role == 'word' -%}{%- set safe = hashed_if_holds_personal(text) -%}
    {%- elif role == 'attribute' -%}{%- set safe = masked_if_personal(text) -%}
    {%- elif role == 'path' -%}{%- set safe = path_without_personal(text) -%}
    {%- endif -%}
    {%- if has_forms(column) -%}{{ value_of_form(column.type, column.name ~ '_') }}
    {%- elif column.type == 'code' -%}{{ parse_code(safe) }}
    {%- elif column.type != 'text' -%}{{ parse_typed_or_text(column.type, column.name ~ '__raw', text) }}
    {%- elif is_id_column(column.name) and not rejects_damage(contract, column) -%}
        case when not {{ is_damaged_key(text) }} then {{ safe }} end
    {%- else -%}{{ safe }}
    {%- endif -%}
{%- endmacro %}
