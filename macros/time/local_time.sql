{#- Local wall-clock time of a UTC timestamp, in the project's time zone. -#}
{% macro local_time(utc) -%}
    {%- if var('timezone') == 'UTC' -%}{{ utc }}{%- else -%}{{ from_utc(utc, var('timezone')) }}{%- endif -%}
{%- endmacro %}


{#- Local day of a UTC timestamp. Every `_on`, month, weekday and hour derives from local time. -#}
{% macro local_date(utc) -%}
    cast({{ local_time(utc) }} as date)
{%- endmacro %}


{#- UTC instant at which a local day begins. -#}
{% macro local_midnight(day) -%}
    {%- if var('timezone') == 'UTC' -%}cast({{ day }} as timestamp)
    {%- else -%}{{ to_utc('cast(' ~ day ~ ' as timestamp)', var('timezone')) }}{%- endif -%}
{%- endmacro %}
