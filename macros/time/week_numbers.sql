{#- Whole weeks from Monday to Sunday, counted: week 0 begins on Monday, 5 January 1970. -#}

{#- Number of the week that a day lies in (bigint). -#}
{%- macro week_number(day) -%}
    {{ floor_divide(days_between("date '1970-01-05'", day), '7') }}
{%- endmacro -%}

{#- The Monday that a week begins on. -#}
{%- macro week_monday(week_no) -%}
    {{ add_days("date '1970-01-05'", '7 * ' ~ week_no) }}
{%- endmacro -%}
