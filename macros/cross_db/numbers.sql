{#- Numbers: division, logarithm and rounding without surprises. -#}

{#- a / b as a double; null if b is zero or either is null. -#}
{%- macro safe_divide(a, b) -%}
    (cast({{ a }} as double) / nullif(cast({{ b }} as double), 0e0))
{%- endmacro -%}

{#-
  a / b rounded down (bigint): -7 / 2 = -4. Null if b is zero. Exact for whole numbers up to 2^52
  (microseconds since 1970 fit); for larger ones use mod().
-#}
{%- macro floor_divide(a, b) -%}
    cast(floor({{ safe_divide(a, b) }}) as bigint)
{%- endmacro -%}

{#- The number without its fraction (bigint): 2.9 and 2.5 give 2, -2.7 gives -2. -#}
{%- macro truncate_number(x) -%}
    cast(case when {{ x }} < 0 then ceil({{ x }}) else floor({{ x }}) end as bigint)
{%- endmacro -%}

{#-
  A double as decimal(18, places), halves away from zero. A plain cast takes a double near a half up
  on one engine and down on the other; here both take the same steps.
    places  plain number, 0 to 6
-#}
{%- macro to_decimal(x, places=2) -%}
    {%- set scale = 10 ** places -%}
    cast(cast(
        sign(cast({{ x }} as double)) * floor(abs(cast({{ x }} as double)) * {{ scale }}e0 + 0.5e0)
        as decimal(18, 0)
    ) / {{ scale }} as decimal(18, {{ places }}))
{%- endmacro -%}

{#- Natural logarithm as a double; null for zero and negative numbers. -#}
{%- macro safe_ln(x) -%}
    ln(case when {{ x }} > 0 then cast({{ x }} as double) end)
{%- endmacro -%}

{#-
  x rounded to some significant digits (double): 1234567 to 1234570 with 6. Halves go away from
  zero. Both engines take the same steps, so that a rank or tie-break on the result is the same;
  round() and format() differ in rare cases. Pass a column: the formula repeats it.
    digits  plain number, 1 to 15
  For magnitudes from 1e-15 to 1e20.
-#}
{%- macro round_significant(x, digits=6) -%}
    {%- set magnitude = 'abs(cast(' ~ x ~ ' as double))' -%}
    {%- set places = '(' ~ (digits - 1) ~ ' - floor(log10(nullif(' ~ magnitude ~ ', 0e0))))' -%}
    case
        when {{ x }} = 0 then 0e0
        when {{ places }} >= 0
            then sign(cast({{ x }} as double))
                * floor({{ magnitude }} * power(10e0, {{ places }}) + 0.5e0)
                / power(10e0, {{ places }})
        else sign(cast({{ x }} as double))
            * floor({{ magnitude }} / power(10e0, -{{ places }}) + 0.5e0)
            * power(10e0, -{{ places }})
    end
{%- endmacro -%}
