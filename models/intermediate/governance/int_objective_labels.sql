{#- One row per active objective: what its metric, detail and scope are called in its sentence. -#}
{{ config(materialized='view') }}
with

periods as (

    select * from {{ ref('int_objective_periods') }}

),

metrics as (

    select * from {{ ref('objective_metrics') }}

),

definitions as (

    select * from {{ ref('metric_definitions') }}

),

funnels as (

    select * from {{ ref('funnels') }}

),

-- 1. keys of the seeds by their Chinese names; regions, categories and attribution models have none
scope_labels as (

    select
        'segment' as scope,
        segment as scope_value,
        label_zh
    from {{ ref('rfm_segments') }}
    union all
    select
        'channel' as scope,
        channel as scope_value,
        min(label_zh) as label_zh
    from {{ ref('channel_map') }}
    where channel is not null
    group by channel

),

-- 2. their words; an objective about everything names no scope
final as (

    select
        -- key
        periods.objective,

        -- labels
        definitions.label_en as metric_label_en,
        definitions.label_zh as metric_label_zh,
        concat(
            case when periods.detail is null then '' else concat(' (', periods.detail, ')') end,
            case when periods.scope = 'all' then '' else concat(' (', periods.scope, ' ', periods.scope_value, ')') end
        ) as of_scope_en,
        concat(
            case when periods.detail is null then '' else concat('（', coalesce(funnels.label_zh, periods.detail), '）') end,
            case when periods.scope = 'all' then '' else concat('（', coalesce(scope_labels.label_zh, periods.scope_value), '）') end
        ) as of_scope_zh,

        -- where it comes from
        definitions.source_mart
    from periods
    inner join metrics on periods.metric = metrics.metric
    inner join definitions on periods.metric = definitions.metric
    left join funnels on metrics.detail_kind = 'funnel' and periods.detail = funnels.funnel
    left join scope_labels on periods.scope = scope_labels.scope and periods.scope_value = scope_labels.scope_value

)

select * from final
