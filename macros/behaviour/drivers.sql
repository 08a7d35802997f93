{#- The factors of conversion drivers: columns of int_driver_visits and of what is made from it; names as in seed driver_factors. -#}
{%- macro conversion_factors() -%}
    {{- return([
        'page_load', 'device', 'entry_source', 'page_error', 'checkout_error', 'promotion', 'daypart', 'weekend',
        'products_viewed', 'store_visit_before', 'associate_before',
        'visits_before', 'orders_before', 'variant',
    ]) -}}
{%- endmacro -%}

{#- Factors of numbers, which fall in the bands of seed driver_levels, and the level of a visit that lies in none. -#}
{%- macro banded_factors() -%}
    {{- return({
        'page_load': '(unknown)', 'daypart': '(unknown)', 'products_viewed': '(unknown)',
        'store_visit_before': 'no', 'associate_before': 'no', 'visits_before': '(unknown)', 'orders_before': '(unknown)',
    }) -}}
{%- endmacro -%}

{#- Factors whose levels are texts of the session: the column, and the level of a visit without one. -#}
{%- macro text_factors() -%}
    {{- return({
        'device': ('device_platform', '(unknown)'), 'entry_source': ('entry_source', '(unknown)'),
        'page_error': ('page_error_code', '(none)'), 'checkout_error': ('checkout_error_code', '(none)'),
        'variant': ('experiment_variant', '(none)'),
    }) -}}
{%- endmacro -%}

{#- The condition that a visit got to a step (a column of seed driver_goals, whose words these are). -#}
{%- macro visit_reached(step) -%}
    case {{ step }}
        {%- for name in ['product_view', 'cart', 'checkout', 'payment', 'purchase'] %}
        when '{{ name }}' then has_{{ name }}
        {%- endfor %}
    end
{%- endmacro -%}

{#-
  All pairs of an array of feature numbers, each with itself and those before it, as numbers: the
  cells of the information matrix on and under its diagonal that a visit with these features adds to.
-#}
{%- macro feature_pairs(features) -%}
    flatten({{ map_array(
        features, 'row_no',
        map_array(filter_array(features, 'col_no', 'col_no <= row_no'), 'column_no', feature_pair('row_no', 'column_no'))
    ) }})
{%- endmacro -%}

{#- The number of a pair, the larger feature number first: small, as the matrix is counted row by row. -#}
{%- macro feature_pair(row_no, column_no) -%}
    cast({{ row_no }} * ({{ row_no }} - 1) / 2 + {{ column_no }} as int)
{%- endmacro -%}

{#- The logit of an array of feature numbers, given the array of all coefficients. -#}
{%- macro logit_of(features, coefficients) -%}
    {{ fold_array(features, '0e0', 'logit_so_far', 'feature', 'logit_so_far + ' ~ array_get(coefficients, 'feature')) }}
{%- endmacro -%}

{#- Local hour of a UTC time, 0 to 23. -#}
{%- macro local_hour(utc) -%}
    hour(cast({{ local_time(utc) }} as timestamp))
{%- endmacro -%}
