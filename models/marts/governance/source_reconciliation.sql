{#-
  One row per raw table and currency: every raw row is accepted, a duplicate, quarantined, erased
  or set aside as later than the reference date; and so is every unit of money.
  Rows without money carry currency `(none)`, rows whose currency is unknown `(unknown)`.
-#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

{% for table in contract_tables() -%}
{{ table.name }}_rows as (

    select
        '{{ table.name }}' as source_table,
        {%- if table.amount %}
        coalesce(currency, '(unknown)') as currency,
        coalesce({{ table.amount }}, 0) as amount,
        coalesce({{ to_base_wide(table.amount) }}, 0) as base_amount,
        {%- else %}
        '(none)' as currency,
        cast(0 as decimal(18, 4)) as amount,
        cast(0 as decimal(28, 2)) as base_amount,
        {%- endif %}
        row_status
    from {{ ref(table.base) }}

),

{% endfor -%}
{%- set statuses = ['accepted', 'duplicate', 'quarantined', 'erased', 'after_as_of'] -%}
by_status as (

    {%- for table in contract_tables() %}

    select
        source_table,
        currency,
        row_status,
        count(*) as row_count,
        sum(amount) as amount,
        sum(base_amount) as base_amount
    from {{ table.name }}_rows
    group by source_table, currency, row_status
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        -- key
        source_table,
        currency,

        -- rows
        cast(sum(row_count) as bigint) as raw_rows,
        {%- for status in statuses %}
        cast(sum(case when row_status = '{{ status }}' then row_count else 0 end) as bigint) as {{ status }}_rows,
        {%- endfor %}

        -- money in source currency
        cast(sum(amount) as decimal(38, 4)) as raw_amount,
        {%- for status in statuses %}
        cast(sum(case when row_status = '{{ status }}' then amount else 0 end) as decimal(38, 4)) as {{ status }}_amount,
        {%- endfor %}

        -- money in base currency
        cast(sum(base_amount) as decimal(38, 2)) as raw_amount_base,
        {%- for status in statuses %}
        cast(sum(case when row_status = '{{ status }}' then base_amount else 0 end) as decimal(38, 2)) as {{ status }}_amount_base{{ ',' if not loop.last }}
        {%- endfor %}
    from by_status
    group by source_table, currency

)

select * from final
