{#- Local hour of a UTC time, 0 to 23. -#}
{%- macro local_hour(utc) -%}
    hour(cast({{ local_time(utc) }} as timestamp))
{%- endmacro -%}
