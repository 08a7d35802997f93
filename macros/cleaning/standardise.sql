{#-
  Standard forms of raw text. Each macro takes a text expression and returns null for what
  cannot be understood; none ever raises. Formats are decided by pattern before any cast, so
  that DuckDB and Spark accept the same texts.
-#}


{#- Words that people and exports write for "nothing". -#}
{% macro null_words() %}
    {{ return(['null', 'n/a', '#n/a', 'nan', 'none', 'nil', '(null)']) }}
{% endmacro %}


{#- Text of a raw value; the sample is all text already. -#}
{% macro raw_text(value) -%}
    {{ value if var('raw_data') == 'sample' else as_text(value) }}
{%- endmacro %}


{#-
  Text of a raw value without blanks around it: spaces, tabs, line ends, no-break and ideographic
  spaces, byte order marks. Most values have none: only one that starts or ends with a control
  character, a space or a character beyond ASCII is trimmed.
    folded  full-width characters become plain ones as well, see fold_width; plain text is not searched
-#}
{% macro trim_blanks(value, folded=false) -%}
    {%- set blanks = ' \t\r\n\u00a0\u3000\ufeff' -%}
    {%- set text = raw_text(value) -%}
    {%- set inner = fold_width(text) if folded else text -%}
    {%- set trimmed = per_engine("trim(" ~ inner ~ ", '" ~ blanks ~ "')", "trim(both '" ~ blanks ~ "' from " ~ inner ~ ")") -%}
    case
        when {{ text }} between '!' and '~~' and right({{ text }}, 1) between '!' and '~'
            {{- ' and ' ~ is_ascii(text) if folded }} then {{ text }}
        else {{ trimmed }}
    end
{%- endmacro %}


{#-
  Trimmed text, null where it is empty or a null word.
  keep: null words that are real values of this column, e.g. `none` as a contact channel.
-#}
{% macro without_null_words(trimmed, keep=[]) -%}
    case
        when length({{ trimmed }}) < 7
            and {{ is_one_of('lower(' ~ trimmed ~ ')', [''] + null_words() | reject('in', keep) | list) }} then null
        else {{ trimmed }}
    end
{%- endmacro %}


{#- Lower-case word of a list: `Mini Program` and `mini-program` are `mini_program`. -#}
{% macro parse_code(text) -%}
    replace(replace(lower({{ text }}), ' ', '_'), '-', '_')
{%- endmacro %}


{#- Lower-case e-mail address; null without the shape name@domain.tld. -#}
{% macro parse_email(text) -%}
    case when {{ matches_regex(text, '^[^@ ,;]+@[^@ ,;]+[.][^@ .,;]+$') }} then lower({{ text }}) end
{%- endmacro %}


{#- ISO 4217 code in upper case; the base currency where the text is null, null where it is no code. -#}
{% macro parse_currency(text) -%}
    case
        when {{ text }} is null then {{ text_literal(var('base_currency')) }}
        when {{ matches_regex(text, '^[A-Za-z]{3}$') }} then upper({{ text }})
    end
{%- endmacro %}


{#- Exact number, decimal(18,4), rounded half away from zero. -#}
{% macro parse_number(text) -%}
    case
        when {{ matches_regex(text, '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$') }}
            then try_cast({{ text }} as decimal(18, 4))
    end
{%- endmacro %}


{#- Double; the same texts as parse_number. -#}
{% macro parse_double(text) -%}
    case
        when {{ matches_regex(text, '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$') }}
            then try_cast({{ text }} as double)
    end
{%- endmacro %}


{#- Whole number, bigint; `3.0` is 3. -#}
{% macro parse_integer(text) -%}
    case
        when {{ matches_regex(text, '^[+-]?[0-9]+([.]0*)?$') }}
            then try_cast({{ split_part(text, "'.'", 1) }} as bigint)
    end
{%- endmacro %}


{#- true/false, t/f, yes/no, y/n, 1/0. -#}
{% macro parse_boolean(text) -%}
    case
        when {{ is_one_of('lower(' ~ text ~ ')', ['true', 't', 'yes', 'y', '1']) }} then true
        when {{ is_one_of('lower(' ~ text ~ ')', ['false', 'f', 'no', 'n', '0']) }} then false
    end
{%- endmacro %}


{#-
  A cleaned text that parse_as cannot read in a form that it can: ISO 8601 for times and days, a plain number.
    formats  what var raw_formats declares for the column, see column_formats
-#}
{% macro normal_form(type, text, formats={}) -%}
    {%- if type in ('timestamp', 'date') -%}{{ iso_form(type, text, formats) }}
    {%- elif type in ('money', 'signed', 'number', 'int', 'double') -%}{{ number_form(text, formats, with_currency=type == 'money') }}
    {%- else -%}{{ text }}
    {%- endif -%}
{%- endmacro %}


{#-
  True where a spreadsheet wrote a key as a number of few digits: `1.23457E+11`, `1,23E+11`. Only the
  mark of an exponent with a sign, or a decimal mark before it, is taken for one: `12e5` is a key.
-#}
{% macro is_damaged_key(text) -%}
    case
        when {{ text }} < ':' and ({{ text }} like '%E%' or {{ text }} like '%e%')
            then {{ matches_regex(text, '^-?([0-9]+([.,][0-9]+)?[eE][+]|[0-9]+[.,][0-9]+[eE])[0-9]{1,3}$') }}
        else false
    end
{%- endmacro %}


{#- The typed value of a contract column (see raw_contract) from its cleaned text. -#}
{% macro parse_as(type, text) -%}
    {%- if type == 'text' -%}{{ text }}
    {%- elif type in ('code', 'enum') -%}{{ parse_code(text) }}
    {%- elif type == 'email' -%}{{ parse_email(text) }}
    {%- elif type == 'phone' -%}{{ parse_phone(text) }}
    {%- elif type == 'currency' -%}{{ parse_currency(text) }}
    {%- elif type == 'timestamp' -%}{{ parse_timestamp_utc(text, var('timezone')) }}
    {%- elif type == 'date' -%}{{ parse_date(text) }}
    {%- elif type in ('money', 'signed', 'number') -%}{{ parse_number(text) }}
    {%- elif type == 'int' -%}{{ parse_integer(text) }}
    {%- elif type == 'double' -%}{{ parse_double(text) }}
    {%- elif type == 'boolean' -%}{{ parse_boolean(text) }}
    {%- else -%}
        {%- do exceptions.raise_compiler_error("raw_contract: unknown column type '" ~ type ~ "'") -%}
    {%- endif -%}
{%- endmacro %}


{#-
  The typed value of a contract column from the raw value or its cleaned text. On DuckDB a column
  that is typed already is cast directly; the test of its type is decided while planning, not per row.
  The sample is all text.
-#}
{% macro parse_typed_or_text(type, raw_value, text) -%}
    {%- set from_text = parse_as(type, text) -%}
    {%- set kinds = {
        'timestamp': ("typeof(" ~ raw_value ~ ") in ('TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS')",
            to_utc(possible_time('try_cast(' ~ raw_value ~ ' as timestamp)', 'timestamp'), var('timezone'))),
        'date': ("typeof(" ~ raw_value ~ ") = 'DATE'", possible_time('try_cast(' ~ raw_value ~ ' as date)', 'date')),
        'int': ("typeof(" ~ raw_value ~ ") in ('BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT')", 'try_cast(' ~ raw_value ~ ' as bigint)'),
        'boolean': ("typeof(" ~ raw_value ~ ") = 'BOOLEAN'", 'try_cast(' ~ raw_value ~ ' as boolean)'),
    } -%}
    {%- set number = ("typeof(" ~ raw_value ~ ") in ('BIGINT', 'INTEGER', 'SMALLINT', 'TINYINT') or starts_with(typeof(" ~ raw_value ~ "), 'DECIMAL')",
        'try_cast(' ~ raw_value ~ ' as decimal(18, 4))') -%}
    {%- do kinds.update({'money': number, 'signed': number, 'number': number}) -%}
    {%- if on_spark() or type not in kinds or var('raw_data') == 'sample' -%}
        {{ from_text }}
    {%- else -%}
        case when {{ kinds[type][0] }} then {{ kinds[type][1] }} else {{ from_text }} end
    {%- endif -%}
{%- endmacro %}


{#- A typed time, null outside the years 1 to 9999: infinity and such years cannot be computed with. -#}
{% macro possible_time(value, type) -%}
    case when {{ value }} between {{ type }} '0001-01-01' and {{ type }} '9999-12-31' then {{ value }} end
{%- endmacro %}
