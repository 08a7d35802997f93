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
-#}
{% macro trim_blanks(value) -%}
    {%- set blanks = ' \t\r\n\u00a0\u3000\ufeff' -%}
    {%- set text = raw_text(value) -%}
    {%- set trimmed = per_engine("trim(" ~ text ~ ", '" ~ blanks ~ "')", "trim(both '" ~ blanks ~ "' from " ~ text ~ ")") -%}
    case
        when {{ text }} between '!' and '~~' and right({{ text }}, 1) between '!' and '~' then {{ text }}
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


{#-
  Phone number in E.164 (`+8613800000000`).
  A leading + or 00 gives the country; otherwise the var default_country does. A number that
  starts with the country's own code and is long enough already carries it. Null where fewer
  than 8 or more than 15 digits are left, or where the text holds letters. A number that went
  through a float (`13800138000.0`) is read without its fraction.
-#}
{% macro parse_phone(text) -%}
    {%- set plan = dialling_plan(var('default_country')) -%}
    {%- set text = "case when right(" ~ text ~ ", 2) = '.0' then left(" ~ text ~ ", length(" ~ text ~ ") - 2) else " ~ text ~ " end" -%}
    {%- set digits = replace_regex(text, '[^0-9]', '') -%}
    case
        when not {{ matches_regex(text, '^[+]?[0-9 ()./-]{6,24}$') }} then null
        when {{ matches_regex(text, '^[ (]*[+]') }} and length({{ digits }}) between 8 and 15
            then concat('+', {{ digits }})
        when {{ matches_regex(text, '^[ (]*00') }} and length({{ digits }}) between 10 and 17
            then concat('+', substr({{ digits }}, 3))
        when {{ matches_regex(text, '^[ (]*([+]|00)') }} then null
        when {{ has_prefix(digits, "'" ~ plan.code ~ "'") }}
            and length({{ digits }}) >= {{ plan.code | length + plan.length }}
            then concat('+', {{ digits }})
        {%- if plan.trunk %}
        when {{ has_prefix(digits, "'" ~ plan.trunk ~ "'") }} and length({{ digits }}) between 7 and 13
            then concat('+{{ plan.code }}', substr({{ digits }}, {{ plan.trunk | length + 1 }}))
        {%- endif %}
        when length({{ digits }}) between 7 and 13 then concat('+{{ plan.code }}', {{ digits }})
    end
{%- endmacro %}


{#- Dialling code, national trunk prefix and usual national length of a country (ITU E.164). -#}
{% macro dialling_plan(country) %}
    {%- set plans = {
        'CN': {'code': '86', 'trunk': '0', 'length': 11},
        'HK': {'code': '852', 'trunk': '', 'length': 8},
        'MO': {'code': '853', 'trunk': '', 'length': 8},
        'TW': {'code': '886', 'trunk': '0', 'length': 9},
        'SG': {'code': '65', 'trunk': '', 'length': 8},
        'MY': {'code': '60', 'trunk': '0', 'length': 9},
        'TH': {'code': '66', 'trunk': '0', 'length': 9},
        'JP': {'code': '81', 'trunk': '0', 'length': 10},
        'KR': {'code': '82', 'trunk': '0', 'length': 10},
        'IN': {'code': '91', 'trunk': '0', 'length': 10},
        'AU': {'code': '61', 'trunk': '0', 'length': 9},
        'US': {'code': '1', 'trunk': '', 'length': 10},
        'CA': {'code': '1', 'trunk': '', 'length': 10},
        'MX': {'code': '52', 'trunk': '', 'length': 10},
        'BR': {'code': '55', 'trunk': '0', 'length': 10},
        'GB': {'code': '44', 'trunk': '0', 'length': 10},
        'IE': {'code': '353', 'trunk': '0', 'length': 9},
        'DE': {'code': '49', 'trunk': '0', 'length': 10},
        'FR': {'code': '33', 'trunk': '0', 'length': 9},
        'ES': {'code': '34', 'trunk': '', 'length': 9},
        'IT': {'code': '39', 'trunk': '', 'length': 9},
        'NL': {'code': '31', 'trunk': '0', 'length': 9},
        'BE': {'code': '32', 'trunk': '0', 'length': 9},
        'CH': {'code': '41', 'trunk': '0', 'length': 9},
        'AT': {'code': '43', 'trunk': '0', 'length': 10},
        'SE': {'code': '46', 'trunk': '0', 'length': 9},
        'PL': {'code': '48', 'trunk': '', 'length': 9},
    } -%}
    {#- while the project is parsed check_settings has not spoken yet -#}
    {%- if country not in plans and execute -%}
        {%- do exceptions.raise_compiler_error(
            "var default_country: no dialling plan for '" ~ country ~ "'; known: " ~ (plans | join(', '))
            ~ ". Add it to macros/cleaning/standardise.sql."
        ) -%}
    {%- endif -%}
    {{ return(plans.get(country, {'code': '', 'trunk': '', 'length': 0})) }}
{% endmacro %}


{#- ISO 4217 code in upper case; the base currency where the text is null, null where it is no code. -#}
{% macro parse_currency(text) -%}
    case
        when {{ text }} is null then {{ text_literal(var('base_currency')) }}
        when {{ matches_regex(text, '^[A-Za-z]{3}$') }} then upper({{ text }})
    end
{%- endmacro %}


{#- Exact number, decimal(18,4), rounded half away from zero. `1,234.50` is refused: the comma is ambiguous. -#}
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
