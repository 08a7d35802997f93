{#-
  Guards that no money is lost between the raw tables and what became of their rows: the money of
  every table is read again at its source, and every amount has one fate.
-#}
with

{% for table in contract_tables() if table.amount -%}
raw_{{ table.name }} as (

    select
        '{{ table.name }}' as source_table,
        coalesce(sum({{ amount_of_raw(table.name, table.amount) }}), 0) as source_amount
    from {{ raw(table.group, table.name) }}

),

{% endfor -%}
counted as (

    {% for table in contract_tables() if table.amount -%}
    select * from raw_{{ table.name }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

reconciled as (

    select
        source_table,
        sum(raw_amount) as raw_amount,
        sum(
            accepted_amount + duplicate_amount + quarantined_amount + erased_amount + after_as_of_amount
        ) as explained_amount
    from {{ ref('source_reconciliation') }}
    group by source_table

)

select
    counted.source_table,
    counted.source_amount,
    reconciled.raw_amount,
    reconciled.explained_amount
from counted
left join reconciled on counted.source_table = reconciled.source_table
where
    counted.source_amount != coalesce(reconciled.raw_amount, 0)
    or counted.source_amount != coalesce(reconciled.explained_amount, 0)
