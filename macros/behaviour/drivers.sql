{#- The factors of conversion drivers: columns of int_driver_visits and of what is made from it; names as in seed driver_factors. -#}
{%- macro conversion_factors() -%}
    {{- return([
        'page_load', 'device', 'entry_source', 'page_error', 'checkout_error', 'promotion', 'daypart', 'weekend',
        'products_viewed', 'store_visit_before', 'associate_before',
        'visits_before', 'orders_before', 'variant',
    ]) -}}
{%- endmacro -%}

{#- Local hour of a UTC time, 0 to 23. -#}
{%- macro local_hour(utc) -%}
    hour(cast({{ local_time(utc) }} as timestamp))
{%- endmacro -%}
