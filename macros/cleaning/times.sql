{#-
  Times and days from text. Forms that name the year first cannot be read in two ways; `31/01/2025`
  and numbers of seconds are read only where var raw_formats declares them.
-#}


{#-
  A time or day as ISO 8601 text, null for what cannot be understood. Whether day and time exist is
  left to who reads the ISO text.
-#}
{% macro iso_form(type, text, formats={}) -%}
    {%- if formats.epoch_unit -%}
        {%- set instant = timestamp_from_epoch(text, formats.epoch_unit) -%}
        {{ as_text(local_date(instant)) if type == 'date' else "concat(" ~ as_text(instant) ~ ", 'Z')" }}
    {%- elif formats.date_format -%}
        coalesce({% for format in formats.date_format %}{{ iso_from_declared(text, format) }}, {% endfor %}null)
    {%- else -%}
        {{ iso_from_year_first(text) }}
    {%- endif -%}
{%- endmacro %}


{#-
  ISO 8601 text of other forms that name the year first: `2025/1/9 9:05`, `2025.01.09`, `20250110`,
  `20250110T100000Z`, `2025年1月10日 10:00`, and `UTC` or `GMT` for the offset. Null for any other
  text.
-#}
{% macro iso_from_year_first(text) -%}
    {%- set part = '[0-9]{1,2}' -%}
    {%- set zone = '(?: ?(?:Z|UTC|GMT|[+-][0-9:]{2,6}))?' -%}
    {%- set clock = '(?:(?:T| +)' ~ part ~ ':[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?' ~ zone ~ ')?' -%}
    {%- set separated = '^[0-9]{4}(?:-' ~ part ~ '-' ~ part ~ clock ~ '|/' ~ part ~ '/' ~ part ~ clock
        ~ '|[.]' ~ part ~ '[.]' ~ part ~ clock ~ '|年' ~ part ~ '月' ~ part ~ '日' ~ clock | replace('| +', '| *') ~ ')$' -%}
    {%- set compact = '^[0-9]{8}(?:(?:T| +)[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?|[0-9]{2}(?:[0-9]{2})?)' ~ zone ~ ')?$' -%}
    {%- set offset = "coalesce(replace(replace(" ~ extract_regex(text, '[0-9]{2} ?(Z|UTC|GMT|[+][0-9:]+|-[0-9:]+)$', 1) ~ ", 'UTC', 'Z'), 'GMT', 'Z'), '')" -%}
    {%- set date_parts = '^([0-9]{4})[^0-9]([0-9]{1,2})[^0-9]([0-9]{1,2})' -%}
    {%- set separated_clock = '[^0-9]([0-9]{1,2})(:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)' -%}
    {%- set compact_clock = '^[0-9]{8}[T ]+([0-9]{2}):?([0-9]{2}):?([0-9]{2}(?:[.,][0-9]+)?)?' -%}
    case
        when {{ matches_regex(text, separated) }} then concat(
            {{ extract_regex(text, date_parts, 1) }}, '-', lpad({{ extract_regex(text, date_parts, 2) }}, 2, '0'),
            '-', lpad({{ extract_regex(text, date_parts, 3) }}, 2, '0'),
            case when {{ text }} like '%:%' then concat(
                ' ', lpad({{ extract_regex(text, separated_clock, 1) }}, 2, '0'), {{ extract_regex(text, separated_clock, 2) }}, {{ offset }}
            ) else '' end
        )
        when {{ matches_regex(text, compact) }} then concat(
            substr({{ text }}, 1, 4), '-', substr({{ text }}, 5, 2), '-', substr({{ text }}, 7, 2),
            case when length({{ text }}) > 8 then concat(
                ' ', {{ extract_regex(text, compact_clock, 1) }}, ':', coalesce({{ extract_regex(text, compact_clock, 2) }}, '00'),
                ':', coalesce({{ extract_regex(text, compact_clock, 3) }}, '00'), {{ offset }}
            ) else '' end
        )
    end
{%- endmacro %}


{#- Directives of a declared format (those of strptime) and what they match; see docs/raw-data.md. -#}
{% macro date_directives() %}
    {{ return({
        'Y': '[0-9]{4}', 'y': '[0-9]{2}', 'm': '0?[1-9]|1[0-2]', 'b': '[A-Za-z]{3}', 'd': '0?[1-9]|[12][0-9]|3[01]',
        'H': '[01]?[0-9]|2[0-3]', 'I': '0?[1-9]|1[0-2]', 'M': '[0-5]?[0-9]', 'S': '[0-5]?[0-9]', 'f': '[0-9]{1,9}',
        'p': '[AaPp][Mm]', 'z': 'Z|[+-][0-9]{2}(?::?[0-9]{2})?',
    }) }}
{% endmacro %}


{#- A format as {regex, groups: [directive of each group]}; numbers that touch have two digits. -#}
{% macro date_format_regex(format) %}
    {%- set parts = [] -%}
    {%- set groups = [] -%}
    {%- for piece in modules.re.findall('%.|[^%]', format) -%}
        {%- set known = date_directives().get(piece[1:]) if piece[:1] == '%' -%}
        {%- if known -%}
            {%- set touches = loop.previtem is defined and loop.previtem[:1] == '%' or loop.nextitem is defined and loop.nextitem[:1] == '%' -%}
            {%- do parts.append('(' ~ (known | replace(']?', ']') | replace('0?', '0') if touches else known) ~ ')') -%}
            {%- do groups.append(piece[1:]) -%}
        {%- else -%}
            {%- do parts.append(piece if modules.re.match('^[A-Za-z0-9 ]', piece) or piece > '~' else '[' ~ piece ~ ']') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'regex': '^' ~ parts | join('') ~ '$', 'groups': groups}) }}
{% endmacro %}


{#-
  ISO 8601 text of a text in a declared format, null where it does not fit. Two-digit years are
  1969 to 2068; months by name are English.
-#}
{% macro iso_from_declared(text, format) -%}
    {%- set plan = date_format_regex(format) -%}
    {%- set found = {} -%}
    {%- for directive in plan.groups -%}
        {%- do found.update({directive: extract_regex(text, plan.regex, loop.index)}) -%}
    {%- endfor -%}
    {%- set year = found.Y or "concat(case when " ~ found.y ~ " < '69' then '20' else '19' end, " ~ found.y ~ ")" -%}
    {%- if found.b -%}
        {%- set months -%}
            case lower({{ found.b }})
            {%- for name in ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] %} when '{{ name }}' then '{{ loop.index }}'{% endfor %} end
        {%- endset -%}
    {%- endif -%}
    {%- set hour = found.H or ('cast(cast(' ~ found.I ~ ' as int) % 12 + case when lower(' ~ found.p ~ ") = 'pm' then 12 else 0 end as string)" if found.I) -%}
    case
        when {{ matches_regex(text, plan.regex) }} then concat(
            {{ year }}, '-', lpad({{ months if found.b else found.m }}, 2, '0'), '-', lpad({{ found.d }}, 2, '0')
            {%- if hour %},
            ' ', lpad({{ hour }}, 2, '0'), ':', lpad({{ found.M or "'00'" }}, 2, '0'), ':', lpad({{ found.S or "'00'" }}, 2, '0')
            {{- ", '.', " ~ found.f if found.f }}
            {{- ", " ~ found.z if found.z }}
            {%- endif %}
        )
    end
{%- endmacro %}


{#- UTC timestamp of a number of seconds, milliseconds or microseconds since 1970. -#}
{% macro timestamp_from_epoch(text, unit) -%}
    {%- set micros -%}
        cast(floor(try_cast({{ text }} as decimal(26, 6)) * {{ {'s': 1000000, 'ms': 1000, 'us': 1}[unit] }}) as bigint)
    {%- endset -%}
    case
        when {{ matches_regex(text, '^-?[0-9]{1,17}([.][0-9]{1,9})?$') }} then {{ timestamp_of_micros(micros) }}
    end
{%- endmacro %}
