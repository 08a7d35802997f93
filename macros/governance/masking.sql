{#-
  Salted SHA-256, hex, of the parts that are not null. The salt is a value of the connection
  (salt_value): an unknown salt is an error, never a hash without salt.
-#}
{% macro salted_hash(parts, variable='customer360_salt') -%}
    {{ sha256_hex(salt_value(variable) ~ " || '|' || concat_ws('|', " ~ parts | join(', ') ~ ")") }}
{%- endmacro %}


{#- True where a text looks like an e-mail address or a mobile number. -#}
{% macro looks_personal(text) -%}
    (
        ({{ text }} like '%@%' or {{ text }} like '+%' or {{ text }} like '1%')
        and {{ matches_regex(text, '@|^[+][0-9]{8,15}$|^1[3-9][0-9]{9}$') }}
    )
{%- endmacro %}


{#- A source key as it came, or its salted hash where it is really an e-mail address or a mobile number. -#}
{% macro hashed_if_personal(text) -%}
    case when {{ looks_personal(text) }} then {{ salted_hash(["'key'", 'lower(' ~ text ~ ')']) }} else {{ text }} end
{%- endmacro %}


{#- Columns that hold personal values (definitions of the project; birth dates included). -#}
{% macro personal_columns() %}
    {{ return([
        'email', 'phone', 'loyalty_card_no', 'social_id', 'device_id', 'full_name', 'birth_date',
        'guest_email', 'guest_phone',
    ]) }}
{% endmacro %}


{#-
  Text that was UTF-8, read as Latin-1 and stored again (`Ã©`, `ä¹³`), or that holds the
  replacement character. Plain ASCII, where bytes and characters are as many, is not searched.
-#}
{% macro is_mojibake(text) -%}
    {{ per_engine('strlen(' ~ text ~ ')', 'octet_length(' ~ text ~ ')') }} > length({{ text }})
    and {{ matches_regex(text, '\ufffd|[\u00c3\u00c2][\u0080-\u00bf]|[\u00e2-\u00ef][\u0080-\u00bf\u2018-\u201e\u2020-\u2026][\u0080-\u00bf\u2018-\u201e\u2020-\u2026]') }}
{%- endmacro %}


{#-
  The raw row as JSON for quarantine. Keys, closed and open lists, numbers and dates are shown
  where they look like what they should be; personal values, free text and anything else are
  masked to `***`, so that a value that slipped into a wrong column does not leak. Of a line that
  could not be split: its file and line number, and its shape (letters x, digits 9).
-#}
{% macro masked_raw_record(contract) -%}
    {%- set fields = {} -%}
    {%- for column in contract.columns -%}
        {%- set text = raw_text(column.name ~ '__raw') -%}
        {%- set shown = {
            'code': '^[A-Za-z_ -]{1,30}$', 'enum': '^[A-Za-z_ -]{1,30}$', 'currency': '^[A-Za-z]{1,4}$',
            'timestamp': '^[0-9TZ:/., +-]{1,40}$', 'date': '^[0-9T:/., +-]{1,40}$', 'boolean': '^[A-Za-z01]{1,6}$',
        } -%}
        {%- if column.name in personal_columns() -%}
            {%- do fields.update({column.name: "case when " ~ text ~ " is not null then '***' end"}) -%}
        {%- elif column.name in contract.key or (column.type == 'text' and column.name.endswith('_id')) -%}
            {%- set pattern = '^[A-Za-z0-9_:./-]{1,64}$' -%}
            {%- do fields.update({column.name: "case when " ~ matches_regex(text, pattern) ~ " and not " ~ looks_personal(text) ~ " then " ~ text ~ " when " ~ text ~ " is not null then '***' end"}) -%}
        {%- elif column.type == 'text' -%}
            {%- do fields.update({column.name: "case when " ~ text ~ " is not null then '***' end"}) -%}
        {%- else -%}
            {%- set pattern = shown.get(column.type, '^[0-9., +eE-]{1,40}$') -%}
            {%- do fields.update({column.name: "case when " ~ matches_regex(text, pattern) ~ " and not " ~ matches_regex(text, '[0-9]{9}') ~ " then " ~ text ~ " when " ~ text ~ " is not null then '***' end"}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do fields.update({'_loaded_at': "case when " ~ matches_regex('_loaded_at__trimmed', '^[0-9TZ:/., +-]{1,40}$') ~ " then _loaded_at__trimmed end"}) -%}
    {%- set line = extract_regex('unparseable_line', '^.*?:[0-9]+: ') -%}
    case
        when unparseable_line is not null then {{ json_object_of({
            'line': 'left(' ~ line ~ ', length(' ~ line ~ ') - 2)',
            'shape': 'substr(unparseable_line, length(' ~ line ~ ') + 1)',
        }) }}
        else {{ json_object_of(fields) }}
    end
{%- endmacro %}
