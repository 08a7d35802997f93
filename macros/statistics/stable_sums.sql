{#-
  Sums and means of doubles that do not depend on the order of the rows: added up as decimals with
  18 places, for absolute totals under 1e20. The same data give the same last digit on any number of
  threads, which a plain sum of doubles does not.
-#}

{#- Aggregate: the sum, as a double. -#}
{%- macro stable_sum(x) -%}
    cast(sum(cast({{ x }} as decimal(38, 18))) as double)
{%- endmacro -%}

{#- Aggregate: the mean, as a double; null without values. -#}
{%- macro stable_avg(x) -%}
    ({{ stable_sum(x) }} / nullif(cast(count({{ x }}) as double), 0e0))
{%- endmacro -%}

{#-
  Aggregate: the sum of doubles of moderate size, as a double, added up in whole billionths: as steady
  as stable_sum() at half its price. For absolute totals under 9e9.
-#}
{%- macro fixed_sum(x) -%}
    (cast(sum(cast(round({{ x }} * 1e9, 0) as bigint)) as double) / 1e9)
{%- endmacro -%}
