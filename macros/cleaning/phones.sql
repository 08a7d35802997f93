{#-
  Phone numbers, read by the numbering plans of macros/cleaning/dialling_plans.sql (the metadata of
  the library phonenumbers, which the tests compare with).
-#}


{#-
  Phone number in E.164 (`+8613800000000`); null for what is no phone number.
  A leading +, 00 or the country's own prefix of calls abroad gives the country; otherwise the var
  default_country does: its trunk prefix is cut, and its calling code too where a plus is missing.
  `(0)` in an international number is left out, but for Italy. A number that the plan does not know is kept if it
  has 7 to 13 digits: plans grow. A number that went through a float (`13800138000.0`) is read
  without its fraction.
-#}
{% macro parse_phone(text, country=none) -%}
    {%- set plan = dialling_plan(country or var('default_country')) -%}
    {%- set text = "case when right(" ~ text ~ ", 2) = '.0' then left(" ~ text ~ ", length(" ~ text ~ ") - 2) else " ~ text ~ " end" -%}
    {%- set digits = replace_regex(text, '[^0-9]', '') -%}
    {%- set without_zero = replace_regex("replace(" ~ text ~ ", '(0)', '')", '[^0-9]', '') -%}
    {%- set national = '(?:' ~ plan.any ~ ')' -%}
    {%- set trunk = '(?:' ~ plan.trunk ~ ')?' if plan.trunk else '' -%}
    {%- set is_national = matches_regex(digits, '^' ~ national ~ '$') -%}
    case
        when not {{ matches_regex(text, '^[ (]*[+]?[0-9 ()./~-]{4,24}$') }} then null
        when {{ matches_regex(text, '^[ (]*[+]') }} then case
            when length({{ digits }}) not between 7 and 16 then null
            when {{ has_prefix(digits, "'39'") }} then concat('+', {{ digits }})
            else concat('+', {{ without_zero }})
        end
        when {{ matches_regex(digits, '^(?:' ~ plan.abroad ~ ')[1-9][0-9]{6,14}$') }} and not {{ matches_regex(digits, '^' ~ trunk ~ national ~ '$') }}
            then concat('+', {{ replace_regex(digits, '^(?:' ~ plan.abroad ~ ')', '') }})
        when {{ matches_regex(digits, '^00[1-9][0-9]{6,14}$') }} and not {{ is_national }} then concat('+', substr({{ digits }}, 3))
        when {{ has_prefix(digits, "'00'") }} and not {{ is_national }} then null
        when {{ has_prefix(digits, "'" ~ plan.code ~ "'") }}
            and (length({{ digits }}) > {{ plan.longest }} or not {{ is_national }} and {{ matches_regex(digits, '^' ~ plan.code ~ trunk ~ national ~ '$') }})
            then case
                when {{ matches_regex(digits, '^' ~ plan.code ~ national ~ '$') }} then concat('+', {{ digits }})
                else concat('+{{ plan.code }}', {{ replace_regex(digits, '^' ~ plan.code ~ trunk, '') }})
            end
        {%- if plan.trunk %}
        when {{ matches_regex(digits, '^(?:' ~ plan.trunk ~ ')[0-9]{4,14}$') }}
            and (not {{ is_national }} or {{ matches_regex(digits, '^(?:' ~ plan.trunk ~ ')' ~ national ~ '$') }})
            then concat('+{{ plan.code }}', {{ replace_regex(digits, '^(?:' ~ plan.trunk ~ ')', '') }})
        {%- endif %}
        when length({{ digits }}) between 7 and 13 or {{ is_national }} then concat('+{{ plan.code }}', {{ digits }})
    end
{%- endmacro %}


{#- The numbering plan of a country: {code, trunk, longest, abroad, any, mobile, fixed}. -#}
{% macro dialling_plan(country) %}
    {%- set lines = dialling_plan_lines() -%}
    {%- for line in lines.split('\n') if line.startswith(country ~ ' ') -%}
        {%- set fields = [] -%}
        {%- for field in line.split(' ') -%}{%- do fields.append('' if field == '-' else field) -%}{%- endfor -%}
        {{ return(dict(zip(['country', 'code', 'trunk', 'longest', 'abroad', 'any', 'mobile', 'fixed'], fields))) }}
    {%- endfor -%}
    {#- while the project is parsed check_settings has not spoken yet -#}
    {%- if not execute -%}{{ return(dialling_plan('CN')) }}{%- endif -%}
    {%- do exceptions.raise_compiler_error(
        "var default_country: '" ~ country ~ "' is no country; two letters of ISO 3166 such as CN or DE were expected"
    ) -%}
{% endmacro %}


{#-
  Regular expression of a phone number in plain digits, without anchors: international with + or
  00, or a number of default_country: mobile with or without trunk prefix or calling code, fixed
  lines with one of them (without where the country has no trunk prefix).
-#}
{% macro phone_number_regex() -%}
    {%- set plan = dialling_plan(var('default_country')) -%}
    {%- set lead = '(?:' ~ plan.code ~ ('|' ~ plan.trunk if plan.trunk else '') ~ ')' -%}
    {%- set forms = ['[+][1-9][0-9]{6,14}', '00[1-9][0-9]{9,14}'] -%}
    {%- if plan.mobile -%}{%- do forms.append(lead ~ '?(?:' ~ plan.mobile ~ ')') -%}{%- endif -%}
    {%- if plan.fixed and (plan.trunk or plan.fixed != plan.mobile) -%}{%- do forms.append(lead ~ ('' if plan.trunk else '?') ~ '(?:' ~ plan.fixed ~ ')') -%}{%- endif -%}
    {{- return('(?:' ~ forms | join('|') ~ ')') -}}
{%- endmacro %}
