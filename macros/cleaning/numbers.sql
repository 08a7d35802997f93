{#-
  Numbers and money from text. `1,234` is refused, because the comma may be a decimal mark; `1,234.56`
  and `1,234,567` cannot be read in two ways. What var raw_formats declares is read as declared.
-#}


{#-
  A number as plain text: digits with a point. Money may have a sign or code of its currency beside
  it. Null for what cannot be understood.
-#}
{% macro number_form(text, formats={}, with_currency=false) -%}
    {%- set mark = '(?:' ~ currency_mark_regex() ~ ')' -%}
    {%- if formats.decimal_mark -%}
    {%- set number = declared_number_regex(formats) -%}
    case
        when {{ matches_regex(text, '^[+-]?' ~ number ~ '$') }} then {{ declared_number_text(text, formats) }}
        {%- if with_currency %}
        when {{ matches_regex(text, amount_regex(number, mark)) }} then {{ declared_number_text(replace_regex(text, ' ?' ~ mark ~ ' ?', ''), formats) }}
        {%- endif %}
    end
    {%- else -%}
    {%- set grouped = '[0-9]{1,3}(?:(?:,[0-9]{3})+[.][0-9]+|(?:,[0-9]{3}){2,})' -%}
    {%- set number = '(?:[0-9]+[.]?[0-9]*|[.][0-9]+|' ~ grouped ~ ')' -%}
    case
        when {{ matches_regex(text, '^[+-]?' ~ grouped ~ '$') }} then replace({{ text }}, ',', '')
        {%- if with_currency %}
        when {{ matches_regex(text, amount_regex(number, mark)) }} then {{ replace_regex(text, '[^0-9.+-]', '') }}
        {%- endif %}
    end
    {%- endif -%}
{%- endmacro %}


{#- A number with one currency mark before or after it. -#}
{% macro amount_regex(number, mark) -%}
    {{ return('^(?:[+-]?' ~ mark ~ ' ?[+-]?' ~ number ~ '|[+-]?' ~ number ~ ' ?' ~ mark ~ ')$') }}
{%- endmacro %}


{#- A number as declared: decimal mark, and thousands in groups of three (the first ones may be of two). -#}
{% macro declared_number_regex(formats) -%}
    {%- set decimal = '[' ~ formats.decimal_mark ~ ']' -%}
    {%- set whole = '[0-9]+' -%}
    {%- if formats.thousands_mark -%}
        {%- set thousands = '[' ~ formats.thousands_mark ~ ']' -%}
        {%- set whole = '(?:[0-9]{1,3}(?:' ~ thousands ~ '[0-9]{2,3})*' ~ thousands ~ '[0-9]{3}|[0-9]+)' -%}
    {%- endif -%}
    {{ return('(?:' ~ whole ~ decimal ~ '?[0-9]*|' ~ decimal ~ '[0-9]+)(?:[eE][+-]?[0-9]{1,2})?') }}
{%- endmacro %}


{#- The plain form of a number that declared_number_regex has found good. -#}
{% macro declared_number_text(text, formats) -%}
    {%- set text = 'replace(' ~ text ~ ', ' ~ text_literal(formats.thousands_mark) ~ ", '')" if formats.thousands_mark else text -%}
    {{ "replace(" ~ text ~ ", '" ~ formats.decimal_mark ~ "', '.')" if formats.decimal_mark != '.' else text }}
{%- endmacro %}


{#- Signs of money and the currencies that write them; any code of three letters stands for itself. -#}
{% macro currency_signs() %}
    {{ return({
        '¥': ['CNY', 'JPY'], '元': ['CNY'], 'RMB': ['CNY'], '円': ['JPY'], '€': ['EUR'], '£': ['GBP'], '₩': ['KRW'], '₹': ['INR'],
        'US$': ['USD'], 'HK$': ['HKD'], 'NT$': ['TWD'], 'A$': ['AUD'], 'C$': ['CAD'], 'S$': ['SGD'], 'R$': ['BRL'],
        '$': ['USD', 'AUD', 'CAD', 'HKD', 'MXN', 'NZD', 'SGD', 'TWD'],
        '₽': ['RUB'], '₫': ['VND'], '฿': ['THB'], '₺': ['TRY'], '₱': ['PHP'], '₪': ['ILS'], '₴': ['UAH'],
        'kr': ['DKK', 'ISK', 'NOK', 'SEK'], 'zł': ['PLN'], 'Kč': ['CZK'], 'RM': ['MYR'], 'Rp': ['IDR'],
    }) }}
{% endmacro %}


{#- One sign or code of money. -#}
{% macro currency_mark_regex() -%}
    {%- set marks = [] -%}
    {%- for mark in currency_signs() -%}{%- do marks.append(mark | replace('$', '[$]')) -%}{%- endfor -%}
    {{ return('[A-Za-z]{3}|' ~ marks | join('|')) }}
{%- endmacro %}


{#-
  True where the sign or code that stands beside an amount is not of the row's currency; null where
  none does.
-#}
{% macro currency_mark_differs(text, currency) -%}
    {%- set mark = extract_regex(text, '(' ~ currency_mark_regex() ~ ')', 1) -%}
    {%- set pairs = [] -%}
    {%- for sign, currencies in currency_signs().items() -%}
        {%- for code in currencies -%}{%- do pairs.append(sign ~ ' ' ~ code) -%}{%- endfor -%}
    {%- endfor -%}
    case
        when position(concat('|', {{ mark }}, ' ', {{ currency }}, '|') in '|{{ pairs | join("|") }}|') > 0 then false
        else upper({{ mark }}) != {{ currency }}
    end
{%- endmacro %}
