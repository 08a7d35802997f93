{#-
  One row: the newest build, and whether every mart is from it. The model writes what a build knows when
  its base tables stand; on-run-start and on-run-end set the status (macros/governance/build_state.sql).
-#}
{%- set began = build_began() %}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. what came in, table by table: order of rows does not matter, rows that stand twice count twice
raw_tables as (

    {%- for table in contract_tables() %}

    select
        '{{ table.name }}' as source_table,
        count(*) as raw_rows,
        -- 32 bits a row: the sum of two thousand million rows fits
        cast(coalesce(sum(mod({{ row_fingerprint((table.columns | list) + ['_loaded_at']) }}, 4294967296)), 0) as bigint) as print_sum
    from {{ ref(table.base) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 2. one text of all tables
fingerprints as (

    select
        md5({{ ordered_string_agg("concat_ws(':', source_table, " ~ as_text('raw_rows') ~ ", " ~ as_text('print_sum') ~ ")", '|', 'source_table') }})
            as raw_fingerprint
    from raw_tables

),

final as (

    select
        -- key
        {{ began.build_id }} as build_id,

        -- attributes
        {{ began.status }} as status,
        cast({{ began.reason }} as string) as reason,
        reference_date.as_of,
        fingerprints.raw_fingerprint,

        -- measures
        cast(null as bigint) as mart_count,
        cast(null as bigint) as marts_of_this_build,
        cast(null as bigint) as row_count,

        -- times
        {{ began.started_at }} as started_at,
        cast(null as timestamp) as finished_at
    from fingerprints
    left join reference_date on 1 = 1

)

select * from final
