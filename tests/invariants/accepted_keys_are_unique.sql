{#- Guards that staging holds one row per key of the contract, for all 26 tables. -#}
{% for table in contract_tables() %}
select
    '{{ table.name }}' as source_table,
    count(*) as row_count
from {{ ref('stg_' ~ table.group ~ '__' ~ table.name) }}
group by {{ table.key | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
