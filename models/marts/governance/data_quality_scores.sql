{#-
  One row per raw table and dimension of quality. Rows later than the reference date are left out.
    completeness  share of filled cells over all contract columns of accepted rows, times the
                  share of rows in which no required value is missing
    validity      share of rows that break no rule of form (seed quality_rules says which rules)
    uniqueness    share of rows that are not a duplicate delivery or a key in two systems
    consistency   share of rows that contradict neither themselves nor other tables
    timeliness    share of accepted rows delivered within the hours that source_expectations names
-#}
-- depends_on: {{ ref('int_erasure_suppressions') }}
with

expectations as (

    select * from {{ ref('source_expectations') }}

),

rules as (

    select * from {{ ref('quality_rules') }}

),

counts as (

    {%- for table in contract_tables() %}

    select
        '{{ table.name }}' as source_table,
        count(*) as checked_rows,
        sum(case when source_rows.row_status = 'accepted' then 1 else 0 end) as accepted_rows,
        sum(case when source_rows.row_status = 'duplicate' then 1 else 0 end) as duplicate_rows,
        sum(case when source_rows.row_status = 'accepted' and source_rows.row_flags is not null then 1 else 0 end) as flagged_rows,
        (
            0
            {%- for name in table.columns %}
            + count(case when source_rows.row_status = 'accepted' then source_rows.{{ name }} end)
            {%- endfor %}
        ) as filled_cells,
        {{ table.columns | length }} as column_count,
        {%- if table.happened %}
        count(case when source_rows.row_status = 'accepted' then source_rows._loaded_at end) as delivered_rows,
        count(case
            when source_rows.row_status = 'accepted'
                and {{ seconds_between('source_rows.' ~ table.happened, 'source_rows._loaded_at') }} <= 3600e0 * expectations.delivered_within_hours
                then 1
        end) as timely_rows,
        count(expectations.delivered_within_hours) > 0 as is_timed
        {%- else %}
        cast(0 as bigint) as delivered_rows,
        cast(0 as bigint) as timely_rows,
        false as is_timed
        {%- endif %}
    from {{ ref(table.base) }} as source_rows
    {%- if table.happened %}
    left join expectations on expectations.source_table = '{{ table.name }}'
    {%- endif %}
    where source_rows.row_status != 'after_as_of'
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- rows that broke a rule, by their set of reasons
broken_rows as (

    {%- for table in contract_tables() %}

    select
        '{{ table.name }}' as source_table,
        row_reasons,
        count(*) as row_count
    from {{ ref(table.base) }}
    where row_status = 'quarantined'
    group by row_reasons
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- a row counts once for each dimension that it fails
dimensions_failed as (

    select
        broken_rows.source_table,
        broken_rows.row_reasons,
        rules.dimension,
        max(broken_rows.row_count) as row_count
    from broken_rows
    {{ explode_array(split_text('broken_rows.row_reasons', '; '), 'reasons', 'reason') }}
    inner join rules on {{ dbt.split_part('reasons.reason', "':'", 1) }} = rules.rule
    group by broken_rows.source_table, broken_rows.row_reasons, rules.dimension

),

failures as (

    select
        source_table,
        {%- for dimension in ['completeness', 'validity', 'uniqueness', 'consistency', 'timeliness'] %}
        sum(case when dimension = '{{ dimension }}' then row_count else 0 end) as {{ dimension }}_failures{{ ',' if not loop.last }}
        {%- endfor %}
    from dimensions_failed
    group by source_table

),

measured as (

    select
        counts.*,
        coalesce(failures.completeness_failures, 0) as completeness_failures,
        coalesce(failures.validity_failures, 0) as validity_failures,
        coalesce(failures.uniqueness_failures, 0) as uniqueness_failures,
        coalesce(failures.consistency_failures, 0) as consistency_failures,
        coalesce(failures.timeliness_failures, 0) as timeliness_failures
    from counts
    left join failures on counts.source_table = failures.source_table

),

scores as (

    select
        source_table,
        'completeness' as dimension,
        {{ safe_divide('filled_cells', 'accepted_rows * column_count') }}
        * (1e0 - {{ safe_divide('completeness_failures', 'checked_rows') }}) as score,
        checked_rows
    from measured
    union all
    select
        source_table,
        'validity' as dimension,
        1e0 - {{ safe_divide('validity_failures', 'checked_rows') }} as score,
        checked_rows
    from measured
    union all
    select
        source_table,
        'uniqueness' as dimension,
        1e0 - {{ safe_divide('duplicate_rows + uniqueness_failures', 'checked_rows') }} as score,
        checked_rows
    from measured
    union all
    select
        source_table,
        'consistency' as dimension,
        1e0 - {{ safe_divide('flagged_rows + consistency_failures', 'accepted_rows + consistency_failures') }} as score,
        accepted_rows + consistency_failures as checked_rows
    from measured
    union all
    select
        source_table,
        'timeliness' as dimension,
        {{ safe_divide('timely_rows', 'delivered_rows + timeliness_failures') }} as score,
        delivered_rows + timeliness_failures as checked_rows
    from measured
    where is_timed

),

final as (

    select
        -- key
        source_table,
        dimension,

        -- measures
        score,
        cast(coalesce(checked_rows, 0) as bigint) as checked_rows
    from scores

)

select * from final
