{#-
  One row per condition or stop of actions that cannot be read, in words, with the nearest metric that is known.
  A view: int_action_catalogue_issues alone reads it.
-#}
{{ config(materialized='view') }}
with

conditions as (

    select * from {{ ref('action_conditions') }}

),

stops as (

    select * from {{ ref('action_stops') }}

),

metrics as (

    {%- for name, metric in action_metrics().items() %}
    select
        '{{ name }}' as metric,
        '{{ metric.nature }}' as nature
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 1. conditions and stops are written alike
written as (

    select
        coalesce(action, '(none)') as action,
        concat('action ', coalesce(action, '(none)'), ', condition ', coalesce({{ as_text('condition_number') }}, '(none)'), ': ') as place,
        metric,
        operator,
        value
    from conditions
    union all
    select
        coalesce(action, '(none)') as action,
        concat('stop ', coalesce(stop, '(none)'), ': ') as place,
        metric,
        operator,
        value
    from stops

),

-- 2. the metric that a slip most likely meant
wrong_metrics as (

    select written.metric
    from written
    left join metrics on written.metric = metrics.metric
    where written.metric is not null and metrics.metric is null
    group by written.metric

),

distances as (

    select
        wrong_metrics.metric as wrong_metric,
        metrics.metric,
        row_number() over (
            partition by wrong_metrics.metric order by levenshtein(wrong_metrics.metric, metrics.metric) asc, metrics.metric asc
        ) as distance_rank
    from wrong_metrics
    cross join metrics

),

nearest as (

    select
        wrong_metric,
        metric
    from distances
    where distance_rank = 1

),

final as (

    {{ rule_issues() }}

)

select * from final
