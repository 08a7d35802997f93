{#- Guards that no raw row is lost or counted twice: every table, counted at its source. -#}
with

{% for table in contract_tables() -%}
raw_{{ table.name }} as (

    select
        '{{ table.name }}' as source_table,
        count(*) as source_rows
    from {{ raw(table.group, table.name) }}

),

{% endfor -%}
counted as (

    {% for table in contract_tables() -%}
    select * from raw_{{ table.name }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

reconciled as (

    select
        source_table,
        sum(raw_rows) as raw_rows,
        sum(accepted_rows + duplicate_rows + quarantined_rows + erased_rows + after_as_of_rows)
            as explained_rows
    from {{ ref('source_reconciliation') }}
    group by source_table

)

select
    counted.source_table,
    counted.source_rows,
    reconciled.raw_rows,
    reconciled.explained_rows
from counted
left join reconciled on counted.source_table = reconciled.source_table
where
    counted.source_rows != coalesce(reconciled.raw_rows, 0)
    or counted.source_rows != coalesce(reconciled.explained_rows, 0)
