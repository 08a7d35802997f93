{#-
  Guards that an erasure can find a person in every table: each column that looks like a key has a role in
  macro key_roles. Public tables are checked before anything builds; this one looks at all that was built.
-#}
{%- set missing = [] -%}
{%- if execute -%}
    {%- set roles = key_roles() -%}
    {%- for node in erasable_models() -%}
        {%- set relation = relation_of(node.name) -%}
        {%- if relation is not none -%}
            {%- for column in adapter.get_columns_in_relation(relation) if is_key_name(column.name) and column.name not in roles -%}
                {%- do missing.append("select '" ~ node.name ~ "' as table_name, '" ~ column.name ~ "' as column_name") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{%- endif -%}
-- depends_on: {{ ref('erasure_log') }}
{{ missing | join('\nunion all\n') if missing else "select 'none' as table_name, 'none' as column_name where 1 = 0" }}
