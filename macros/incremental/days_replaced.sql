{#-
  Incremental models that replace whole days.

  Such a model keeps beside its columns a `row_print`: a 40-bit fingerprint of everything its row is
  made from. A build adds the prints up by day on both sides, the source and the table, and rebuilds
  the days that differ: new days, late rows, corrected, withdrawn or erased rows, another reference
  date, other raw data, another salt or channel map. The result is that of a full build, whatever
  arrived in whichever order; a day that nothing touched is not written again.

  var `late_data_days`: how far back from the newest day of the source changes are looked for
  (0: all history). With a limit, older days stay as they are until a full refresh.

  A print only says which days to rebuild; it never reaches a result.
-#}

{#- config() of the model: {{ config(**days_replaced_config('occurred_on')) }}. Spark: day last. -#}
{%- macro days_replaced_config(day) -%}
    {%- set common = {'materialized': 'incremental', 'on_schema_change': 'fail'} -%}
    {%- if target.type == 'spark' -%}
        {{- return(dict(common, incremental_strategy='insert_overwrite', partition_by=day)) -}}
    {%- endif -%}
    {{- return(dict(common, incremental_strategy='delete+insert', unique_key=day)) -}}
{%- endmacro -%}

{#- The print of a row: 0 to 2^40 - 1, so that the sum of a day stays far from the limit of a bigint. -#}
{%- macro row_print(columns) -%}
    mod({{ row_fingerprint(columns) }}, 1099511627776)
{%- endmacro -%}

{#-
  CTE body: the days that differ between source and table, one row a day with `is_gone` where the
  source has no row of that day any more.
    source_days  CTE with day, row_count, print_sum
    target_days  the same of the table
    day          name of the day column
-#}
{%- macro changed_days(source_days, target_days, day) -%}
    {%- set limit_days = var('late_data_days') | int -%}
    select
        coalesce(source_side.{{ day }}, target_side.{{ day }}) as {{ day }},
        source_side.{{ day }} is null as is_gone
    from {{ source_days }} as source_side
    full outer join {{ target_days }} as target_side
        on source_side.{{ day }} = target_side.{{ day }}
    where
        (
            coalesce(source_side.row_count, 0) != coalesce(target_side.row_count, 0)
            or coalesce(source_side.print_sum, 0) != coalesce(target_side.print_sum, 0)
        )
        {%- if limit_days > 0 %}
        and coalesce(source_side.{{ day }}, target_side.{{ day }}) > (
            select {{ add_days('max(newest.' ~ day ~ ')', -limit_days) }} from {{ source_days }} as newest
        )
        {%- endif %}
{%- endmacro -%}

{#-
  Last part of the model: a day that the source has no row of any more is emptied by one row that
  stands for nothing (`is_tombstone`); who reads the model leaves those out.
-#}
{%- macro gone_days(differing_days, day, key) -%}
    {%- if is_incremental() -%}
        {%- set fixed = {day: day, key: "'(none)'", 'is_tombstone': 'true', 'row_print': 'cast(0 as bigint)'} -%}
        union all
        select
        {%- for column in adapter.get_columns_in_relation(this) %}
            {{ fixed.get(column.name | lower, 'cast(null as ' ~ column.data_type ~ ')') }} as {{ column.name | lower }}{{ ',' if not loop.last }}
        {%- endfor %}
        from {{ differing_days }}
        where is_gone
    {%- endif -%}
{%- endmacro -%}

{#- CTEs source_days, target_days and differing_days over a CTE with row_print; commas between, none last. -#}
{%- macro differing_days_ctes(printed, day) -%}
source_days as (

    select
        {{ day }},
        count(*) as row_count,
        cast(sum(row_print) as bigint) as print_sum
    from {{ printed }}
    group by {{ day }}

),

target_days as (

    select
        {{ day }},
        count(*) as row_count,
        cast(sum(row_print) as bigint) as print_sum
    from {{ this }}
    where not is_tombstone
    group by {{ day }}

),

differing_days as (

    {{ changed_days('source_days', 'target_days', day) }}

)
{%- endmacro -%}
