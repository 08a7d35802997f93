{#-
  Guards that no row stays longer than its table's retention period. Rows leave at the very end of a build, so that
  nothing is judged while one is running; `dbt test` after it judges.
-#}
with

build_date as (

    select * from {{ ref('int_build_date') }}

),

build_state as (

    select * from {{ ref('build_state') }}

),

judged as (

    select build_date.as_of
    from build_date
    cross join build_state
    where build_state.status != 'running'

)

{% for table, rule in retention_rules().items() %}
select
    '{{ table }}' as table_name,
    count(*) as row_count
from {{ ref(table) }}
where
    {{ is_past_retention(table, rule.day, '(select judged.as_of from judged)') }}
    and exists (select judged.as_of from judged)
having count(*) > 0
{{ 'union all' if not loop.last }}
{% endfor %}
