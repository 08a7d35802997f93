{#-
  Source money in base currency, exact, rounded half away from zero to the cent. The amount is
  widened first: DuckDB multiplies two decimals of 18 digits in 18 digits. Most money stands in base
  currency already and need not go through the wide product.
-#}
{% macro to_base(amount, rate='rate_to_base') -%}
    case
        when {{ rate }} = 1 then cast({{ amount }} as decimal(18, 2))
        else cast(cast({{ amount }} as decimal(19, 4)) * cast({{ rate }} as decimal(18, 10)) as decimal(18, 2))
    end
{%- endmacro %}


{#- The same, decimal(28,2), for rows that no limit has been put to. -#}
{% macro to_base_wide(amount, rate='rate_to_base') -%}
    cast(cast({{ amount }} as decimal(19, 4)) * cast({{ rate }} as decimal(18, 10)) as decimal(28, 2))
{%- endmacro %}


{#- The same in whole cents (bigint), rounded down: for sums that are shared out by remainder. -#}
{% macro to_base_cents_floor(amount, rate='rate_to_base') -%}
    cast(floor(case
        when {{ rate }} = 1 then cast({{ amount }} as decimal(19, 4)) * 100
        else {{ to_base_exact(amount, rate) }} * 100
    end) as bigint)
{%- endmacro %}


{#- Source money in base currency before rounding to the cent, decimal(28,6). -#}
{% macro to_base_exact(amount, rate='rate_to_base') -%}
    case
        when {{ rate }} = 1 then cast({{ amount }} as decimal(28, 6))
        else cast(cast({{ amount }} as decimal(19, 4)) * cast({{ rate }} as decimal(18, 10)) as decimal(28, 6))
    end
{%- endmacro %}


{#- Money, decimal(18,2), in whole cents (bigint). -#}
{% macro money_to_cents(money) -%}
    cast(cast({{ money }} as decimal(28, 2)) * 100 as bigint)
{%- endmacro %}


{#- Cents back to money, decimal(18,2). -#}
{% macro cents_to_money(cents) -%}
    cast(cast({{ cents }} as decimal(18, 0)) / 100 as decimal(18, 2))
{%- endmacro %}


{#-
  Money a head, decimal(18,2), half a cent rounded up: in whole cents, because a double that stands
  half way is cast to a decimal up by one engine and down by another. Null for a count of zero.
-#}
{% macro money_per(total, count) -%}
    {{ cents_to_money(floor_divide('2 * ' ~ money_to_cents(total) ~ ' + ' ~ count, '2 * ' ~ count)) }}
{%- endmacro %}


{#-
  Whole cents of `total` that fall to a row of the group by its weight, rounded down; whoever
  calls adds what is left to one row of the group. Equal shares where all weights are zero.
-#}
{% macro share_of_cents(total, weight, group) -%}
    cast(floor(
        cast({{ total }} as double) * case
            when sum({{ weight }}) over (partition by {{ group }}) > 0
                then cast({{ weight }} as double)
                    / cast(sum({{ weight }}) over (partition by {{ group }}) as double)
            else 1e0 / count(*) over (partition by {{ group }})
        end
    ) as bigint)
{%- endmacro %}
