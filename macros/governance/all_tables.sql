{#- Contract tables as a list of {name, group, base} in the order of the contract. -#}
{% macro contract_tables() %}
    {%- set tables = [] -%}
    {%- for name, contract in raw_contract().items() -%}
        {%- do tables.append(dict(contract, name=name, base='base_' ~ contract.group ~ '__' ~ name)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}


{#- Text key of a row: the key columns of its table joined by `|`; base tables have hashed personal ones. -#}
{% macro record_key(contract) -%}
    concat_ws('|'
    {%- for name in contract.key -%}
    , coalesce({{ as_text(name) }}, '')
    {%- endfor -%}
    )
{%- endmacro %}
