{#- One row per public table and month from which rows are too old to stay: how many leave at the end of the build, and their money. -#}
with

build_date as (

    select * from {{ ref('int_build_date') }}

),

{% for table, rule in retention_rules().items() %}
{{ table }}_removed as (

    select
        '{{ table }}' as table_name,
        {{ date_trunc_to('month', rule.day) }} as month,
        count(*) as row_count,
        {{ 'sum(' ~ rule.amount ~ ')' if rule.amount else 'cast(null as decimal(18, 2))' }} as amount,
        min({{ rule.day }}) as first_on,
        max({{ rule.day }}) as last_on
    from {{ ref(table) }}
    where {{ is_past_retention(table, rule.day, '(select build_date.as_of from build_date)') }}
    group by {{ date_trunc_to('month', rule.day) }}

),
{% endfor %}

removed as (

    {%- for table in retention_rules() %}
    select * from {{ table }}_removed
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}

),

-- the period of each table, in days
periods as (

    {%- for table in retention_rules() %}
    select
        '{{ table }}' as table_name,
        {{ var('retention_days').get(table, 0) | int }} as retention_days
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        -- key
        removed.table_name,
        removed.month,

        -- measures
        cast(removed.row_count as bigint) as row_count,
        cast(removed.amount as decimal(18, 2)) as amount,
        cast(periods.retention_days as int) as retention_days,

        -- times
        removed.first_on,
        removed.last_on,
        build_date.as_of
    from removed
    inner join periods on removed.table_name = periods.table_name
    cross join build_date

)

select * from final
