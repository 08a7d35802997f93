{#-
  As-of left join: every row of `left` with the newest row of `right` of the same keys at or before
  its time, as a complete select statement for a CTE of its own:

    priced as (

        {{ as_of_left_join(
            left='order_lines', right='price_list', on=['product_id'],
            left_time='ordered_at', right_time='valid_from', columns=['list_price']
        ) }}

    )

    left, right  names of CTEs or relations
    on           key columns of the same name on both sides; a null key matches nothing
    left_time, right_time  columns; rows without a time match nothing
    columns      columns of `right` to add: a list, or {column of right: new name}; null without match
    strict       true: strictly before, not at the same time
  The result has all columns of `left`, then `columns`. `right` must be unique by keys and time, else
  the row taken is not defined. DuckDB has a join for it; Spark merges both sides by time and
  carries the last right row forward, one sort a key.
-#}
{%- macro as_of_left_join(left, right, on, left_time, right_time, columns, strict=false) -%}
    {%- set names = columns if columns is mapping else dict(zip(columns, columns)) -%}
    {%- if on_spark() -%}
        select
            left_row.*,
            {%- for column, name in names.items() %}
            right_row.{{ column }} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                left_row,
                last_value(right_row) ignore nulls over (
                    partition by {{ on | join(', ') }}
                    order by at_time nulls first, side
                    rows between unbounded preceding and current row
                ) as right_row
            from (
                select
                    {{ on | join(', ') }},
                    {{ left_time }} as at_time,
                    {{ 0 if strict else 1 }} as side,
                    struct(*) as left_row,
                    null as right_row
                from {{ left }}
                union all
                select
                    {{ on | join(', ') }},
                    {{ right_time }} as at_time,
                    {{ 1 if strict else 0 }} as side,
                    null as left_row,
                    struct({{ names.keys() | join(', ') }}) as right_row
                from {{ right }}
                where
                    {{ right_time }} is not null
                    {%- for key in on %}
                    and {{ key }} is not null
                    {%- endfor %}
            ) as merged
        ) as carried
        where left_row is not null
    {%- else -%}
        select
            left_rows.*,
            {%- for column, name in names.items() %}
            right_rows.{{ column }} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ left }} as left_rows
        asof left join {{ right }} as right_rows
            on
                {%- for key in on %}
                left_rows.{{ key }} = right_rows.{{ key }}
                and
                {%- endfor %}
                left_rows.{{ left_time }} {{ '>' if strict else '>=' }} right_rows.{{ right_time }}
    {%- endif -%}
{%- endmacro -%}
