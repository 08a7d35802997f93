{#-
  Has a population moved? The population stability index: the sum over places of (p - q) ln(p / q), of the
  shares p now and q of the reference. Under 0.1 nothing happened, from 0.25 on it is another population.
  Two samples of one population have an index of (places - 1) (1 / reference_rows + 1 / present_rows) on
  average; only what is beyond it is returned, never less than 0.
-#}

{#-
  Common table expressions after a relation with both counts of every bin; the last has a row for each
  combination of the keys: stability_index, reference_rows, present_rows (index null where one is 0).
    relation  keys, bin (text), bin_no (place of a bin on a scale; null for one that has none, such as
              a category or what is not known), reference_count, present_count (0 where there is none)
    keys      columns
  Bins of a scale are put together to tenths of the reference: finer ones would measure chance. Half a
  person more in each place keeps an empty one finite.
-#}
{%- macro stability_ctes(relation, keys, name='stability') -%}
{%- set key = keys | join(', ') -%}
{{ name }}_ordered as (

    select
        *,
        sum(case when bin_no is not null then reference_count else 0 end) over (
            partition by {{ key }} order by bin_no, bin rows between unbounded preceding and current row
        ) as counted_so_far,
        sum(case when bin_no is not null then reference_count else 0 end) over (partition by {{ key }}) as counted_in_all
    from {{ relation }}

),

{{ name }}_placed as (

    select
        *,
        case
            when bin_no is null then bin
            else {{ as_text('cast(least(9e0, ' ~ 'floor(10e0 * coalesce(' ~ safe_divide('counted_so_far - reference_count / 2e0', 'counted_in_all') ~ ', 0e0) + 1e-9)) as int)') }}
        end as place
    from {{ name }}_ordered

),

{{ name }}_places as (

    select
        {{ key }},
        place,
        cast(sum(reference_count) as double) as reference_count,
        cast(sum(present_count) as double) as present_count
    from {{ name }}_placed
    group by {{ key }}, place

),

{{ name }}_totals as (

    select
        *,
        sum(reference_count) over (partition by {{ key }}) as reference_rows,
        sum(present_count) over (partition by {{ key }}) as present_rows,
        count(*) over (partition by {{ key }}) as place_count
    from {{ name }}_places

),

{{ name }}_shares as (

    select
        *,
        (reference_count + 0.5e0) / (reference_rows + 0.5e0 * place_count) as reference_share,
        (present_count + 0.5e0) / (present_rows + 0.5e0 * place_count) as present_share
    from {{ name }}_totals

),

{{ name }} as (

    select
        {{ key }},
        case
            when max(reference_rows) > 0e0 and max(present_rows) > 0e0
                then {{ round_significant('greatest(0e0, '
                    ~ stable_sum('(present_share - reference_share) * ln(present_share / reference_share)')
                    ~ ' - (max(place_count) - 1) * (1e0 / greatest(max(reference_rows), 1e0) + 1e0 / greatest(max(present_rows), 1e0)))'
                ) }}
        end as stability_index,
        cast(max(reference_rows) as bigint) as reference_rows,
        cast(max(present_rows) as bigint) as present_rows
    from {{ name }}_shares
    group by {{ key }}

)
{%- endmacro -%}


{#- Number of the bin of a value from 0 on, in eighths on the scale of ln(1 + value); the same on every engine. Null from -1 down. -#}
{%- macro log_bin(value) -%}
    cast(floor(8e0 * {{ safe_ln('1e0 + ' ~ value) }} + 1e-9) as int)
{%- endmacro -%}


{#-
  CTE body: what int_model_memory kept of earlier builds, for models that are built before it and may not ref() it.
  No rows on the first build. One row per reference date, model and name:
    as_of · model · algorithm · name · value · low · high
    kind  `parameter` or `forecast`, see int_model_memory
-#}
{%- macro model_memory(kind) -%}
    {%- set held = table_of_last_build('intermediate', 'int_model_memory', is_kept=true) -%}
    {%- if held -%}
    select
        as_of,
        model,
        algorithm,
        name,
        value,
        low,
        high
    from {{ held }}
    where kind = '{{ kind }}'
    {%- else -%}
    select
        cast(null as date) as as_of,
        cast(null as string) as model,
        cast(null as string) as algorithm,
        cast(null as string) as name,
        cast(null as double) as value,
        cast(null as double) as low,
        cast(null as double) as high
    where 1 = 0
    {%- endif -%}
{%- endmacro -%}
