{#- One row per field of an accepted row that was changed while reading, or filled from elsewhere. -#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

reference_date as (

    select as_of from {{ ref('stg_commerce__as_of') }}

),

order_lines as (

    select * from {{ ref('int_order_lines_balanced') }}

),

corrected as (

    {%- for table in contract_tables() %}

    select
        '{{ table.name }}' as source_table,
        {{ record_key(table) }} as record_key,
        row_corrections
    from {{ ref(table.base) }}
    where row_corrections is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

read_changes as (

    select
        corrected.source_table,
        corrected.record_key,
        {{ dbt.split_part('entries.entry', "':'", 2) }} as column_name,
        {{ dbt.split_part('entries.entry', "':'", 1) }} as rule,
        false as is_imputed
    from corrected
    {{ explode_array(split_text('corrected.row_corrections', '; '), 'entries', 'entry') }}

),

-- a line without cost takes the cost of its product
imputed_costs as (

    select
        'order_items' as source_table,
        concat_ws('|', order_id, {{ as_text('line_number') }}) as record_key,
        'unit_cost' as column_name,
        'cost_of_product' as rule,
        true as is_imputed
    from order_lines
    where is_unit_cost_imputed

),

all_changes as (

    select * from read_changes
    union all
    select * from imputed_costs

),

final as (

    select
        -- key
        all_changes.source_table,
        all_changes.record_key,
        all_changes.column_name,
        all_changes.rule,

        -- attributes
        all_changes.is_imputed,

        -- times
        reference_date.as_of as detected_as_of
    from all_changes
    cross join reference_date

)

select * from final
