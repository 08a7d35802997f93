{#- One row per problem of the objectives, in words. int_objective_periods stops the build on any. -#}
with

objectives as (

    select
        *,
        concat('objective ', coalesce(objective, '(no name)'), ': ') as named
    from {{ ref('objectives') }}

),

metrics as (

    select * from {{ ref('objective_metrics') }}

),

segments as (

    select * from {{ ref('rfm_segments') }}

),

funnels as (

    select * from {{ ref('funnels') }}

),

channels as (

    select channel
    from {{ ref('channel_map') }}
    group by channel

),

attribution_models as (

    {%- for model in attribution_models() %}
    select '{{ model }}' as model
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

joined as (

    select
        objectives.*,
        metrics.metric as known_metric,
        metrics.scopes,
        metrics.metric_kind,
        metrics.detail_kind
    from objectives
    left join metrics on objectives.metric = metrics.metric

),

-- the metric of the list that is spelt most alike
nearest as (

    select
        objectives.objective,
        metrics.metric
    from objectives
    cross join metrics
    where objectives.metric is not null
    qualify row_number() over (
        partition by objectives.objective
        order by jaro_winkler_similarity(objectives.metric, metrics.metric) desc, metrics.metric asc
    ) = 1

),

final as (

    select
        objective,
        'duplicate_objective' as problem,
        concat(named, 'stands ', {{ as_text('count(*)') }}, ' times in the seed; an objective has one row') as message
    from objectives
    group by objective, named
    having count(*) > 1

    union all

    select
        joined.objective,
        'unknown_metric' as problem,
        concat(
            joined.named, 'metric "', coalesce(joined.metric, ''), '" is not in objective_metrics',
            case when nearest.metric is null then '' else concat('; the nearest is ', nearest.metric) end
        ) as message
    from joined
    left join nearest on joined.objective = nearest.objective
    where joined.known_metric is null

    union all

    select
        objective,
        'unknown_scope' as problem,
        concat(named, 'scope "', coalesce(scope, ''), '": ', metric, ' is counted by ', replace(scopes, '|', ', ')) as message
    from joined
    where
        known_metric is not null
        and not coalesce(array_contains({{ split_text('scopes', '|') }}, scope), false)

    union all

    select
        objective,
        'scope_value' as problem,
        concat(named, 'scope_value is (all) for scope all, and names the ', coalesce(scope, 'scope'), ' otherwise') as message
    from objectives
    where scope_value is null or (scope = 'all') != (scope_value = '(all)')

    union all

    select
        joined.objective,
        'unknown_scope_value' as problem,
        concat(joined.named, joined.scope, ' "', coalesce(joined.scope_value, ''), '" is not in ',
            case joined.scope when 'segment' then 'rfm_segments' else 'channel_map' end) as message
    from joined
    left join segments on joined.scope_value = segments.segment
    left join channels on joined.scope_value = channels.channel
    where
        joined.scope = 'segment' and segments.segment is null
        or joined.scope = 'channel' and channels.channel is null

    union all

    select
        joined.objective,
        'detail' as problem,
        concat(joined.named, case joined.detail_kind
            when 'funnel' then concat('detail "', coalesce(joined.detail, ''), '" is not a funnel of the seed funnels')
            when 'attribution_model'
                then concat('detail "', coalesce(joined.detail, ''), '" is not an attribution model: ',
                    '{{ attribution_models() | join(", ") }}')
            else concat('metric ', joined.metric, ' takes no detail')
        end) as message
    from joined
    left join funnels on joined.detail_kind = 'funnel' and joined.detail = funnels.funnel
    left join attribution_models
        on
            joined.detail_kind = 'attribution_model'
            and joined.detail = attribution_models.model
    where
        joined.known_metric is not null
        and case coalesce(joined.detail_kind, '')
            when 'funnel' then funnels.funnel is null
            when 'attribution_model' then attribution_models.model is null
            else joined.detail is not null
        end

    union all

    select
        objective,
        'unknown_period' as problem,
        concat(named, 'period "', coalesce(period, ''), '": write current_ or last_ with month, quarter or year, or 2025, 2025-Q3, 2025-07')
            as message
    from objectives
    where not coalesce({{ matches_regex('period', objective_period_pattern()) }}, false)

    union all

    select
        objective,
        'baseline' as problem,
        concat(named, case
            when baseline_rule = 'fixed' then 'baseline_rule fixed needs a number in baseline_value'
            when baseline_rule = 'whole' then 'baseline_rule whole compares a part with all; scope all has nothing to compare with'
            else concat(
                'baseline_rule "', coalesce(baseline_rule, ''),
                '" is none of previous_period, same_period_last_year, whole, fixed, none'
            )
        end) as message
    from objectives
    where
        not coalesce(baseline_rule in ('previous_period', 'same_period_last_year', 'whole', 'fixed', 'none'), false)
        or baseline_rule = 'fixed' and try_cast(baseline_value as double) is null
        or baseline_rule = 'whole' and scope = 'all'

    union all

    select
        objective,
        'no_past' as problem,
        concat(named, metric, ' is known for the reference date only: use a current period, and baseline_rule whole, fixed or none')
            as message
    from joined
    where
        metric_kind = 'state'
        and (period not like 'current_%' or baseline_rule in ('previous_period', 'same_period_last_year'))

    union all

    select
        objective,
        'target' as problem,
        concat(named, case
            when not coalesce(target_kind in ('value', 'change', 'change_rate'), false)
                then concat('target_kind "', coalesce(target_kind, ''), '" is none of value, change, change_rate')
            when try_cast(target as double) is null
                then concat('target "', coalesce(target, ''), '" is not a number; 0.05 stands for 5 %')
            else concat('a target as ', target_kind, ' needs a baseline')
        end) as message
    from objectives
    where
        not coalesce(target_kind in ('value', 'change', 'change_rate'), false)
        or try_cast(target as double) is null
        or baseline_rule = 'none' and target_kind != 'value'

    union all

    select
        objective,
        'missing_words' as problem,
        concat(named, 'label_en, label_zh, owner_role_en, owner_role_zh, rule_source and is_active are all needed') as message
    from objectives
    where
        objective is null or label_en is null or label_zh is null
        or owner_role_en is null or owner_role_zh is null or rule_source is null or is_active is null

)

select * from final
