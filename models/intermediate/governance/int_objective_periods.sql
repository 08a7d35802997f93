{#-
  One row per active objective: its metric, and its period, relative to the reference date, as days. Days
  `_to` are the first day after.
-#}
{{ config(pre_hook="{{ stop_on_issues(ref('int_objective_issues'), 'The seed objectives (seeds/reference/objectives.csv)') }}") }}
with

objectives as (

    select * from {{ ref('objectives') }}
    where is_active

),

metrics as (

    select * from {{ ref('objective_metrics') }}

),

definitions as (

    select * from {{ ref('metric_definitions') }}

),

-- builds this model after the check that its hook reads
issues as (

    select count(*) as issue_count from {{ ref('int_objective_issues') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

orders as (

    select * from {{ ref('orders') }}

),

-- 1. nothing before the first order can be a baseline
history as (

    select min(ordered_on) as history_from
    from orders

),

started as (

    select
        objectives.objective,
        objectives.metric,
        objectives.detail,
        objectives.scope,
        objectives.scope_value,
        objectives.baseline_rule,
        try_cast(objectives.baseline_value as double) as baseline_value,
        objectives.target_kind,
        try_cast(objectives.target as double) as target_value,
        metrics.metric_kind,
        definitions.unit,
        definitions.better,
        metrics.expected_from,
        metrics.maturity_days,
        reference_date.as_of,
        history.history_from,
        {{ objective_period_months('objectives.period') }} as period_months,
        {{ objective_period_start('objectives.period', 'reference_date.as_of') }} as period_from
    from objectives
    inner join metrics on objectives.metric = metrics.metric
    inner join definitions on metrics.metric = definitions.metric
    cross join reference_date
    cross join history
    cross join issues
    where issues.issue_count = 0

),

final as (

    select
        -- key
        objective,

        -- what
        metric,
        detail,
        scope,
        scope_value,
        baseline_rule,
        baseline_value,
        target_kind,
        target_value,
        metric_kind,
        unit,
        better,
        expected_from,

        -- when; what matures is observed up to so many days before the reference date
        as_of,
        history_from,
        period_months,
        period_from,
        {{ add_months_to('period_from', 'period_months') }} as period_to,
        {{ add_days('as_of', '-maturity_days') }} as observed_to
    from started

)

select * from final
