{#- The factors of conversion drivers: columns of int_driver_visits and of what is made from it; names as in seed driver_factors. -#}
{%- macro conversion_factors() -%}
    {{- return([
        'page_load', 'device', 'entry_source', 'page_error', 'checkout_error', 'promotion', 'daypart', 'weekend',
        'products_viewed', 'store_visit_before', 'associate_before',
        'visits_before', 'orders_before', 'variant',
    ]) -}}
{%- endmacro -%}

{#- Factors that happen to a visit. All others the visitor brings or chooses, and who is about to order chooses differently: no comparison makes them a cause. -#}
{%- macro given_factors() -%}
    {{- return(['page_load', 'page_error', 'checkout_error', 'promotion', 'variant']) -}}
{%- endmacro -%}

{#- What a reading of conversion_drivers means, in one sentence. -#}
{%- macro driver_reason(ground, language='en') -%}
    {%- set sentences = {
        'reference': ('The level that the others are compared with.', '其他水平的比较基准。'),
        'none': ('No difference beside the other factors beyond chance.', '与其他因素一起比较，差异不超过偶然。'),
        'agree': (
            'Visits with it differ beside all other factors, and the same people differ from their own other visits: read it as a cause, as far as nothing else of e_value strength came with it.',
            '与其他因素一起比较有差异，同一人与自己的其他访问相比也有差异：可视为原因，除非另有强度达 e_value 的因素同时出现。'),
        'chosen': (
            'It goes with the difference. The visitor brings or chooses it, and who is about to order chooses differently.',
            '与差异相伴。由访客自己带来或选择，而将要下单的人选择不同。'),
        'not_within': (
            'It goes with the difference between visits, but the same people do not differ from their own other visits: who gets it may explain it.',
            '与访问间的差异相伴，但同一人与自己的其他访问相比没有差异：可能由遇到它的人群解释。'),
        'no_variation': (
            'It goes with the difference. Too few people have visits with and without it to be compared with themselves.',
            '与差异相伴。兼有两种访问的人过少，无法与自己比较。'),
        'outside': (
            'It goes with the difference. The factor says nothing of these visits (outside the experiment, without a load time): they are of other times and kinds.',
            '与差异相伴。该因素对这些访问没有记录（实验之外、没有加载时间），它们属于其他时间和类型。'),
        'few': ('It goes with the difference, in fewer than 30 visits on one side.', '与差异相伴，但一侧不足 30 次访问。'),
    } -%}
    case {{ ground }}
        {%- for name, (english, chinese) in sentences.items() %}
        when '{{ name }}' then '{{ chinese if language == 'zh' else english }}'
        {%- endfor %}
    end
{%- endmacro -%}

{#-
  The E-value of VanderWeele and Ding: how strongly, as a risk ratio, something unseen would have to go with both
  level and goal to explain an effect alone. From a log risk ratio; 1 where there is nothing to explain.
-#}
{%- macro e_value(log_risk_ratio) -%}
    exp(abs({{ log_risk_ratio }})) + sqrt(exp(abs({{ log_risk_ratio }})) * (exp(abs({{ log_risk_ratio }})) - 1e0))
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
