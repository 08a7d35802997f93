{#- Arrays, structs and JSON. Array positions start at 1. -#}

{#- An array of a list of expressions of one type: array_of(['a', 'b']). -#}
{%- macro array_of(items) -%}
    {%- if on_spark() -%}
        array({{ items | join(', ') }})
    {%- else -%}
        [{{ items | join(', ') }}]
    {%- endif -%}
{%- endmacro -%}

{#-
  Element `i` of an array: null beyond the end, and for i = -1 the last one.
  Position 0 is not allowed (null on DuckDB, an error on Spark).
-#}
{%- macro array_get(arr, i) -%}
    {%- if on_spark() -%}
        try_element_at({{ arr }}, cast({{ i }} as int))
    {%- else -%}
        list_extract({{ arr }}, {{ i }})
    {%- endif -%}
{%- endmacro -%}

{#-
  Aggregate: the values as an array in the order of `order_key`, equal keys in the order of the
  values, null keys first (last if descending). Null values are left out; no value gives an empty
  array, never null.
    order_key  one expression; a struct_of() orders by several
    descending plain true or false, turns the whole array round
-#}
{%- macro ordered_array_agg(value, order_key, descending=false) -%}
    {%- if on_spark() -%}
        {%- set pairs = "named_struct('k', " ~ order_key ~ ", 'v', " ~ value ~ ")" -%}
        {%- set sorted = 'array_sort(collect_list(' ~ pairs ~ ') filter (where '
            ~ value ~ ' is not null))' -%}
        transform(
        {{- 'reverse(' ~ sorted ~ ')' if descending else sorted -}}
        , pair -> pair.v)
    {%- else -%}
        {%- set direction = 'desc nulls last' if descending else 'asc nulls first' -%}
        coalesce(
            list({{ value }} order by {{ order_key }} {{ direction }}, {{ value }}
            {{- ' desc' if descending }}) filter (where {{ value }} is not null),
            []
        )
    {%- endif -%}
{%- endmacro -%}

{#-
  Rows from an array, for the from clause: one row an element. An empty or null array gives none.
    from baskets {{ explode_array('baskets.products', 'items', 'product_id') }}
    alias, col  names of the derived table and its column, plain text
-#}
{%- macro explode_array(arr, alias, col) -%}
    cross join {{ 'lateral explode' if on_spark() else 'unnest' }}({{ arr }}) as {{ alias }}({{ col }})
{%- endmacro -%}

{#- As explode_array, with the position of each element (1, 2, …, bigint) in column `position`. -#}
{%- macro explode_array_with_position(arr, alias, col, position) -%}
    {%- if on_spark() -%}
        cross join lateral (
            select col as {{ col }}, cast(pos + 1 as bigint) as {{ position }}
            from posexplode({{ arr }})
        ) as {{ alias }}
    {%- else -%}
        cross join unnest({{ arr }}) with ordinality as {{ alias }}({{ col }}, {{ position }})
    {%- endif -%}
{%- endmacro -%}

{#- Each element changed: map_array('prices', 'price', 'price * 2'). -#}
{%- macro map_array(arr, var, expr) -%}
    {%- if on_spark() -%}
        transform({{ arr }}, {{ var }} -> {{ expr }})
    {%- else -%}
        list_transform({{ arr }}, lambda {{ var }}: {{ expr }})
    {%- endif -%}
{%- endmacro -%}

{#- The elements that meet a condition: filter_array('prices', 'price', 'price > 0'). -#}
{%- macro filter_array(arr, var, condition) -%}
    {%- if on_spark() -%}
        filter({{ arr }}, {{ var }} -> {{ condition }})
    {%- else -%}
        list_filter({{ arr }}, lambda {{ var }}: {{ condition }})
    {%- endif -%}
{%- endmacro -%}

{#-
  A struct of named expressions; read a field with a dot: struct_of({'score': 'x', 'id': 'y'}).
  Structs compare field by field, so max(struct_of(…)) is an argmax with a tie-breaker; its fields
  must not be null, which is the largest value on one engine and the smallest on the other.
-#}
{%- macro struct_of(fields) -%}
    {%- set parts = [] -%}
    {%- for name, value in fields.items() -%}
        {%- do parts.append("'" ~ name ~ "'" ~ (', ' if on_spark() else ': ') ~ value) -%}
    {%- endfor -%}
    {%- if on_spark() -%}
        named_struct({{ parts | join(', ') }})
    {%- else -%}
        {{- '{' ~ parts | join(', ') ~ '}' -}}
    {%- endif -%}
{%- endmacro -%}

{#-
  The value at a JSON path as text; null if it is absent, JSON null, or the text is not JSON.
  Objects and arrays come back as compact JSON, numbers as the engine writes them (1.50 as 1.5).
    path  plain text such as $.page.tags[0]
-#}
{%- macro json_value(js, path) -%}
    {%- set literal = text_literal(plain_text(path, 'the path of json_value')) -%}
    {%- if on_spark() -%}
        get_json_object({{ js }}, {{ literal }})
    {%- else -%}
        case when json_valid({{ js }}) then json_extract_string({{ js }}, {{ literal }}) end
    {%- endif -%}
{%- endmacro -%}

{#- A field of a flat JSON object as text; the name is an expression. Null if absent or not JSON. -#}
{%- macro json_field(js, name) -%}
    {%- if on_spark() -%}
        get_json_object({{ js }}, concat('$.', {{ name }}))
    {%- else -%}
        case when json_valid({{ js }}) then json_extract_string({{ js }}, concat('$.', {{ name }})) end
    {%- endif -%}
{%- endmacro -%}

{#-
  A JSON object as text from named expressions, keys in the given order, nulls left out:
  json_object_of({'status': 'status', 'lines': 'line_count'}) → {"status":"paid","lines":2}.
  Text, whole numbers, booleans and dates give the same text on both engines. Pass timestamps and
  fractions through as_text(): {"amount":"8.70"}.
-#}
{%- macro json_object_of(fields) -%}
    {%- set parts = [] -%}
    {%- for name, value in fields.items() -%}
        {%- do parts.append("'" ~ name ~ "', " ~ value) -%}
    {%- endfor -%}
    {%- if on_spark() -%}
        to_json(named_struct({{ parts | join(', ') }}))
    {%- else -%}
        cast(json_merge_patch('{}', json_object({{ parts | join(', ') }})) as varchar)
    {%- endif -%}
{%- endmacro -%}

{#- The parts of a text between separators, as an array; null gives null. separator: plain text. -#}
{%- macro split_text(text, separator) -%}
    {%- if on_spark() -%}
        split({{ text }}, {{ text_literal(modules.re.escape(separator)) }})
    {%- else -%}
        string_split({{ text }}, {{ text_literal(separator) }})
    {%- endif -%}
{%- endmacro -%}
