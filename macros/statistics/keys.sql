{#- Column lists of fits that are identified by several keys. -#}

{#- alias.a, alias.b … -#}
{%- macro prefixed(alias, columns) -%}
    {%- for column in columns -%}{{ alias }}.{{ column }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro -%}

{#- left.a = right.a and left.b = right.b … -#}
{%- macro equal_keys(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}
