{#-
  Linear systems as scalar expressions over arrays of rows: array<array<double>>.

  Gauss-Jordan without exchange of rows: for the matrices of statistics, which are symmetric and
  positive (semi-)definite (information, covariance, X'X), or diagonally dominant. A pivot that is
  nearly nothing of what it was marks a column that the others already explain: its coefficient
  becomes 0 and the rest is solved without it, instead of a division by zero.
  The matrix is evaluated several times: pass a column.
-#}

{#- The matrix beside further columns, reduced until the left part is the identity. -#}
{%- macro reduced_matrix(wide) -%}
    {%- set pivot -%}
        {{ array_get(array_get('reduced', 'step_no'), 'step_no') }}
    {%- endset -%}
    {%- set original -%}
        {{ array_get(array_get(wide, 'step_no'), 'step_no') }}
    {%- endset -%}
    {%- set pivot_row = array_get('reduced', 'step_no') -%}
    {%- set in_column = array_get('matrix_row', 'step_no') -%}
    {%- set cleared = map_array_with_position('matrix_row', 'entry', 'entry_no',
        'case when entry_no = step_no then 0e0 else entry end') -%}
    {%- set zero_row = map_array('matrix_row', 'entry', '0e0') -%}
    {%- set scaled_row = map_array('matrix_row', 'entry', 'entry / ' ~ pivot) -%}
    {%- set eliminated = map_array_with_position('matrix_row', 'entry', 'entry_no',
        'entry - ' ~ in_column ~ ' / ' ~ pivot ~ ' * ' ~ array_get(pivot_row, 'entry_no')) -%}
    {{ fold_array(
        number_array(1, 'cardinality(' ~ wide ~ ')'), wide, 'reduced', 'step_no',
        'case when ' ~ original ~ ' = 0e0 or abs(' ~ pivot ~ ') <= 1e-10 * abs(' ~ original ~ ') then '
        ~ map_array_with_position('reduced', 'matrix_row', 'row_no',
            'case when row_no = step_no then ' ~ zero_row ~ ' else ' ~ cleared ~ ' end')
        ~ ' else '
        ~ map_array_with_position('reduced', 'matrix_row', 'row_no',
            'case when row_no = step_no then ' ~ scaled_row ~ ' else ' ~ eliminated ~ ' end')
        ~ ' end'
    ) }}
{%- endmacro -%}

{#- The solution of matrix · x = vector, as an array; 0 for coefficients that nothing determines. -#}
{%- macro solve_linear(matrix, vector) -%}
    {%- set wide = map_array_with_position(matrix, 'matrix_row', 'row_no',
        'array_append(matrix_row, ' ~ array_get(vector, 'row_no') ~ ')') -%}
    {{ map_array(reduced_matrix(wide), 'matrix_row', array_get('matrix_row', -1)) }}
{%- endmacro -%}

{#- The inverse of a matrix, as an array of rows; rows and columns that nothing determines are 0. -#}
{%- macro inverse_matrix(matrix) -%}
    {%- set wide = map_array_with_position(matrix, 'matrix_row', 'row_no',
        array_concat('matrix_row', map_array_with_position('matrix_row', 'entry', 'entry_no',
            'case when entry_no = row_no then 1e0 else 0e0 end'))) -%}
    {{ map_array(reduced_matrix(wide), 'matrix_row',
        array_tail('matrix_row', 'cardinality(' ~ matrix ~ ')')) }}
{%- endmacro -%}

{#- Two arrays one after the other. -#}
{%- macro array_concat(first, second) -%}
    {{ 'concat' if on_spark() else 'list_concat' }}({{ first }}, {{ second }})
{%- endmacro -%}

{#- The last n elements of an array. -#}
{%- macro array_tail(arr, n) -%}
    {%- if on_spark() -%}
        slice({{ arr }}, cast(-{{ n }} as int), cast({{ n }} as int))
    {%- else -%}
        list_slice({{ arr }}, -cast({{ n }} as bigint), -1)
    {%- endif -%}
{%- endmacro -%}
