{#- Contract tables as a list of {name, group, base} in the order of the contract. -#}
{% macro contract_tables() %}
    {%- set tables = [] -%}
    {%- for name, contract in raw_contract().items() -%}
        {%- do tables.append(dict(contract, name=name, base='base_' ~ contract.group ~ '__' ~ name)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}


{#- Text key of a row: the key columns of its table joined by `|`; base tables have hashed personal ones, and a number as long as a phone number is masked. -#}
{% macro record_key(contract) -%}
    concat_ws('|'
    {%- for name in contract.key -%}
    {%- set is_number = contract.columns[name].split(' ')[0] == 'int' %}
    , coalesce({{ 'case when abs(' ~ name ~ ') < 1000000000 then ' ~ as_text(name) ~ " else '***' end" if is_number else as_text(name) }}, '')
    {%- endfor -%}
    )
{%- endmacro %}
