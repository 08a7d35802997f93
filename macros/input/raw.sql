{#-
  The relation that holds a raw table: the sample seed, or the view that `prepare_raw_data`
  lays over the user's files or tables. Lineage holds in both cases.
-#}
{% macro raw(group, table) %}
    {%- if var('raw_data') == 'sample' -%}
        {{ return(ref('sample_' ~ table)) }}
    {%- endif -%}
    {{ return(source(group, table)) }}
{% endmacro %}


{#- The contract of one table, each column's text split into {name, type, required, values, lo, hi}. -#}
{% macro raw_table_contract(table) %}
    {%- set contract = raw_contract(table) -%}
    {%- set columns = [] -%}
    {%- for name, words in contract.columns.items() -%}
        {%- set words = words.split(' ') -%}
        {%- set rest = words[1:] | reject('equalto', 'required') | list -%}
        {%- set rule = rest[0] if rest else '' -%}
        {%- set limits = rule.split('..') if '..' in rule else ['', ''] -%}
        {%- do columns.append({
            'name': name,
            'type': words[0],
            'required': 'required' in words,
            'values': rule.split('|') if words[0] == 'enum' else [],
            'lo': limits[0],
            'hi': limits[1],
        }) -%}
    {%- endfor -%}
    {{ return(dict(contract, name=table, columns=columns)) }}
{% endmacro %}
