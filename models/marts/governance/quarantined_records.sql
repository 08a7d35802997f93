{#- One row per raw row that breaks a rule of the contract, with every reason; personal values masked. -#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

reference_date as (

    select as_of from {{ ref('stg_commerce__as_of') }}

),

quarantined as (

    {%- for table in contract_tables() %}

    select
        '{{ table.name }}' as source_table,
        case
            when row_reasons = 'unparseable_record' then {{ json_value('raw_record', '$.line') }}
            else {{ record_key(table) }}
        end as record_key,
        row_reasons as reasons,
        raw_record,
        _loaded_at as loaded_at
    from {{ ref(table.base) }}
    where row_status = 'quarantined'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- rows that are alike in every respect are told apart by a number
numbered as (

    select
        *,
        row_number() over (
            partition by source_table
            order by record_key asc, loaded_at asc nulls last, reasons asc, raw_record asc
        ) as quarantine_number
    from quarantined

),

final as (

    select
        -- key
        numbered.source_table,
        cast(numbered.quarantine_number as bigint) as quarantine_number,

        -- attributes
        numbered.record_key,
        numbered.reasons,
        numbered.raw_record,

        -- times
        numbered.loaded_at,
        reference_date.as_of as detected_as_of
    from numbered
    cross join reference_date

)

select * from final
