{#-
  Salted SHA-256, hex, of the parts that are not null. The salt is a value of the connection
  (salt_value): an unknown salt is an error, never a hash without salt.
-#}
{% macro salted_hash(parts, variable='customer360_salt') -%}
    {{ sha256_hex(salt_value(variable) ~ " || '|' || concat_ws('|', " ~ parts | join(', ') ~ ")") }}
{%- endmacro %}


{#-
  True where a whole text is an e-mail address or a phone number, see phone_number_regex. Most keys
  begin with a letter and are not searched.
-#}
{% macro looks_personal(text) -%}
    case
        when {{ text }} like '%@%' then true
        when {{ text }} between '(' and '9~' and right({{ text }}, 1) between '0' and '9' and length({{ text }}) >= 7
            then {{ matches_regex(replace_regex(text, '[ ()./-]', ''), '^' ~ phone_number_regex() ~ '$') }}
        else false
    end
{%- endmacro %}


{#- A source key as it came, or its salted hash where it is really an e-mail address or a phone number. -#}
{% macro hashed_if_personal(text) -%}
    case when {{ looks_personal(text) }} then {{ salted_hash(["'key'", 'lower(' ~ text ~ ')']) }} else {{ text }} end
{%- endmacro %}


{#- An e-mail address, and a phone number between other characters than digits; `%40` is an `@` in a link. -#}
{% macro email_regex() -%}
    {{- return('[^@ ,;:<>()/?&=]+(?:@|%40)[^@ ,;:<>()/?&=.]+[.][^@ ,;:<>()/?&=.0-9]+') -}}
{%- endmacro %}
{% macro bounded_phone_regex() -%}
    {{- return('(^|[^0-9+])' ~ phone_number_regex() ~ '($|[^0-9])') -}}
{%- endmacro %}


{#- True where a text may hold an e-mail address or a phone number: a cheap look before a thorough one. -#}
{% macro may_hold_personal(text) -%}
    length({{ text }}) >= 6 and {{ matches_regex(text, '[@\uff20]|%40|[0-9\uff10-\uff19][0-9\uff10-\uff19 ()./+-]{5,}[0-9\uff10-\uff19]') }}
{%- endmacro %}


{#-
  True where a text holds an e-mail address or a phone number. Dates do not make a phone number with
  what stands beside them; the blanks and marks within a number do not hide it.
-#}
{% macro holds_personal(text) -%}
    {%- set plain = fold_width(text) -%}
    {%- set without_dates = replace_regex(plain, '[12][0-9]{3}[./-][0-9]{1,2}[./-][0-9]{1,2}', ' ') -%}
    {%- set joined = replace_regex(without_dates, '([0-9+])[ ()./-]+([0-9])', '$1$2') -%}
    {{ matches_regex("concat(" ~ plain ~ ", ' | ', " ~ joined ~ ")", email_regex() ~ '|' ~ bounded_phone_regex()) }}
{%- endmacro %}


{#- A text that tables publish, or `(personal)` where it holds an e-mail address or a phone number. -#}
{% macro masked_if_personal(text) -%}
    case
        when {{ may_hold_personal(text) }} then case when {{ holds_personal(text) }} then '(personal)' else {{ text }} end
        else {{ text }}
    end
{%- endmacro %}


{#- A word that rows find each other by, or its salted hash where it holds an e-mail address or a phone number. -#}
{% macro hashed_if_holds_personal(text) -%}
    case
        when {{ may_hold_personal(text) }}
            then case when {{ holds_personal(text) }} then {{ salted_hash(["'key'", 'lower(' ~ text ~ ')']) }} else {{ text }} end
        else {{ text }}
    end
{%- endmacro %}


{#- A path with e-mail addresses and phone numbers in it replaced, so that the page remains. -#}
{% macro path_without_personal(text) -%}
    {%- set replaced = replace_regex(replace_regex(fold_width(text), email_regex(), '(personal)'), bounded_phone_regex(), '$1(personal)$2') -%}
    case
        when {{ may_hold_personal(text) }} then case when {{ holds_personal(replaced) }} then '(personal)' else {{ replaced }} end
        else {{ text }}
    end
{%- endmacro %}


{#-
  What a text or code column of the contract is, and so what becomes of a value that holds an e-mail
  address or a phone number.
    personal   known as such: kept in staging, hashed or banded before it reaches a mart
    free_text  never reaches a mart, or only what many people wrote
    path       the personal part is replaced
    key        a value that is one as a whole is hashed, everywhere alike, so that rows find each other
    word       a value that holds one is hashed: words that rows find each other by
    attribute  a value that holds one is masked
-#}
{% macro text_role(contract, column) %}
    {%- if column in personal_columns() -%}{{ return('personal') }}
    {%- elif column in ['search_term', 'review_text', 'verbatim', 'answer'] -%}{{ return('free_text') }}
    {%- elif column in ['page_path', 'referrer'] -%}{{ return('path') }}
    {%- elif column.endswith('_id') -%}{{ return('key') }}
    {%- elif column in contract.key or column in ['source_system', 'utm_campaign'] -%}{{ return('word') }}
    {%- else -%}{{ return('attribute') }}
    {%- endif -%}
{% endmacro %}


{#- Columns whose text names one thing of a system: full-width characters are folded, damage by spreadsheets is looked for. -#}
{% macro is_id_column(column) %}
    {{ return(column.endswith('_id') or column.endswith('_no') or column in ['coupon_code', 'utm_campaign']) }}
{% endmacro %}


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
    not {{ is_ascii(text) }}
    and {{ matches_regex(text, '\ufffd|[\u00c3\u00c2][\u0080-\u00bf]|[\u00e2-\u00ef][\u0080-\u00bf\u2018-\u201e\u2020-\u2026][\u0080-\u00bf\u2018-\u201e\u2020-\u2026]') }}
{%- endmacro %}


{#-
  The raw row as JSON for quarantine. Keys, closed and open lists, numbers and dates are shown
  where they look like what they should be; personal values, free text and anything else are
  masked to `***`, a number or time of unexpected form to its shape (letters x, digits 9), so that a
  value that slipped into a wrong column does not leak. Of a line that could not be split: its file and line number, and its shape (letters x, digits 9).
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
        {%- elif column.type in ('text', 'code') and (column.name in contract.key or column.name.endswith('_id')) -%}
            {#- the value as read: an e-mail address or phone number is hashed in it -#}
            {%- do fields.update({column.name: "case when " ~ matches_regex(column.name, '^[A-Za-z0-9_:.,/+-]{1,64}$') ~ " then " ~ column.name ~ " when " ~ text ~ " is not null then '***' end"}) -%}
        {%- elif column.type == 'text' -%}
            {%- do fields.update({column.name: "case when " ~ text ~ " is not null then '***' end"}) -%}
        {%- else -%}
            {%- set pattern = shown.get(column.type, '^[0-9., +eE-]{1,40}$') -%}
            {%- set shape = "'***'" if column.type in ('code', 'enum', 'currency', 'boolean')
                else 'substr(' ~ replace_regex(replace_regex(text, '[0-9]', '9'), '[^0-9 .,:;/+-]', 'x') ~ ', 1, 40)' -%}
            {%- do fields.update({column.name: "case when " ~ matches_regex(text, pattern) ~ " and not " ~ matches_regex(text, '[0-9]{9}') ~ " then " ~ text ~ " when " ~ text ~ " is not null then " ~ shape ~ " end"}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set loaded_at = trim_blanks('_loaded_at__raw', folded=true) -%}
    {%- do fields.update({'_loaded_at': "case when " ~ matches_regex(loaded_at, '^[0-9TZ:/., +-]{1,40}$') ~ " then " ~ loaded_at ~ " end"}) -%}
    {%- set line = extract_regex('unparseable_line', '^.*?:[0-9]+: ') -%}
    case
        when unparseable_line is not null then {{ json_object_of({
            'line': 'left(' ~ line ~ ', length(' ~ line ~ ') - 2)',
            'shape': 'substr(unparseable_line, length(' ~ line ~ ') + 1)',
        }) }}
        else {{ json_object_of(fields) }}
    end
{%- endmacro %}
