{#-
  Exponential smoothing of an array of numbers, oldest first, in one expression: a fold from left to
  right. All return an array of doubles [next value, trend, sum of squared errors, number of values];
  the first four errors are not counted, the start value is still among them.
    arr    column with the array
    start  column with the first guess of the level
    alpha, beta, phi  columns or numbers
-#}

{#- Level and damped trend (Holt, Gardner): position 2 is the trend that is already in position 1. -#}
{%- macro smooth_damped(arr, start, alpha, beta, phi) -%}
    {%- set error = '(seen - ' ~ array_get('state', 1) ~ ')' -%}
    {%- set trend = '(' ~ array_get('state', 2) ~ ' + ' ~ alpha ~ ' * ' ~ beta ~ ' * ' ~ error ~ ')' -%}
    {{ fold_array(arr, _smoothing_start(start, '0e0'), 'state', 'seen', array_of([
        array_get('state', 1) ~ ' + ' ~ alpha ~ ' * ' ~ error ~ ' + ' ~ phi ~ ' * ' ~ trend,
        phi ~ ' * ' ~ trend,
        _smoothing_errors(error),
        array_get('state', 4) ~ ' + 1e0',
    ])) }}
{%- endmacro -%}

{#- The forecast of smooth_damped `ahead` steps after the last value (1, 2, …); phi is below 1. -#}
{%- macro damped_forecast(state, phi, ahead) -%}
    ({{ array_get(state, 1) }} + {{ array_get(state, 2) }} * {{ phi }}
        * (1e0 - power({{ phi }}, {{ ahead }} - 1e0)) / (1e0 - {{ phi }}))
{%- endmacro -%}

{#-
  Intermittent demand after Teunter, Syntetos and Babai: size of a demand and chance of one, each
  smoothed. Position 1 is their product, 2 the chance.
-#}
{%- macro smooth_tsb(arr, start, chance, alpha, beta) -%}
    {%- set error = '(seen - ' ~ array_get('state', 1) ~ ')' -%}
    {%- set new_chance = '(' ~ array_get('state', 2) ~ ' + ' ~ beta ~ ' * (case when seen > 0 then 1e0 else 0e0 end - '
        ~ array_get('state', 2) ~ '))' -%}
    {%- set size = array_get('state', 5) -%}
    {%- set new_size = '(' ~ size ~ ' + ' ~ alpha ~ ' * case when seen > 0 then seen - ' ~ size ~ ' else 0e0 end)' -%}
    {{ fold_array(arr, _smoothing_start(start ~ ' * ' ~ chance, chance, [start]), 'state', 'seen', array_of([
        new_chance ~ ' * ' ~ new_size,
        new_chance,
        _smoothing_errors(error),
        array_get('state', 4) ~ ' + 1e0',
        new_size,
    ])) }}
{%- endmacro -%}

{#-
  Intermittent demand after Croston, with the correction of Syntetos and Boylan: size of a demand and
  weeks between two, each smoothed when there is one. Position 1 is the demand per step.
-#}
{%- macro smooth_croston(arr, start, chance, alpha) -%}
    {%- set error = '(seen - ' ~ array_get('state', 1) ~ ')' -%}
    {%- set size = array_get('state', 5) -%}
    {%- set gap = array_get('state', 6) -%}
    {%- set since = array_get('state', 2) -%}
    {%- set new_size = '(' ~ size ~ ' + ' ~ alpha ~ ' * (seen - ' ~ size ~ '))' -%}
    {%- set new_gap = '(' ~ gap ~ ' + ' ~ alpha ~ ' * (' ~ since ~ ' - ' ~ gap ~ '))' -%}
    {%- set correction = '(1e0 - ' ~ alpha ~ ' / 2e0)' -%}
    {{ fold_array(arr, _smoothing_start(correction ~ ' * ' ~ start ~ ' * ' ~ chance, '1e0', [start, '1e0 / ' ~ chance]),
        'state', 'seen', array_of([
        'case when seen > 0 then ' ~ correction ~ ' * ' ~ new_size ~ ' / ' ~ new_gap ~ ' else ' ~ array_get('state', 1) ~ ' end',
        'case when seen > 0 then 1e0 else ' ~ since ~ ' + 1e0 end',
        _smoothing_errors(error),
        array_get('state', 4) ~ ' + 1e0',
        'case when seen > 0 then ' ~ new_size ~ ' else ' ~ size ~ ' end',
        'case when seen > 0 then ' ~ new_gap ~ ' else ' ~ gap ~ ' end',
    ])) }}
{%- endmacro -%}

{%- macro _smoothing_start(level, second, more=[]) -%}
    {%- set parts = [] -%}
    {%- for part in [level, second, '0e0', '0e0'] + more -%}
        {%- do parts.append('cast(' ~ part ~ ' as double)') -%}
    {%- endfor -%}
    {{- array_of(parts) -}}
{%- endmacro -%}

{%- macro _smoothing_errors(error) -%}
    {{ array_get('state', 3) }} + case when {{ array_get('state', 4) }} >= 4e0 then {{ error }} * {{ error }} else 0e0 end
{%- endmacro -%}

{#-
  The one-step forecasts of smooth_damped for each value of the array, in its order, as an array; the last two
  elements are the next value and its trend.
-#}
{%- macro smooth_damped_path(arr, start, alpha, beta, phi) -%}
    {%- set error = '(seen - ' ~ array_get('path', -2) ~ ')' -%}
    {%- set trend = '(' ~ array_get('path', -1) ~ ' + ' ~ alpha ~ ' * ' ~ beta ~ ' * ' ~ error ~ ')' -%}
    {%- set next = array_of([
        array_get('path', -2) ~ ' + ' ~ alpha ~ ' * ' ~ error ~ ' + ' ~ phi ~ ' * ' ~ trend,
        phi ~ ' * ' ~ trend,
    ]) -%}
    {%- set begun = '(' ~ per_engine('list_slice(path, 1, -2)', 'slice(path, 1, size(path) - 1)') ~ ')' -%}
    {{ fold_array(arr, array_of(['cast(' ~ start ~ ' as double)', '0e0']), 'path', 'seen', array_concat(begun, next)) }}
{%- endmacro -%}
