{#-
  One row per metric, dimension (`all`, `segment`), value and driver: how much of the explained
  differences between scores goes with the driver. It describes; it does not prove a cause.
-#}
{%- set slots = range(1, 13) -%}
with

shares as (

    select * from {{ ref('int_driver_shares') }}

),

answers as (

    select * from {{ ref('int_driver_answers') }}

),

slots as (

    select * from {{ ref('int_driver_slots') }}

),

drivers as (

    select * from {{ ref('satisfaction_drivers_used') }}

),

-- 1. one row per slot again
long_shares as (

    {%- for slot in slots %}

    select
        metric,
        scope,
        replicate,
        responses,
        r_squared,
        {{ slot }} as slot,
        share_{{ slot }} as r_squared_share,
        {{ safe_divide('share_' ~ slot, 'r_squared') }} as relative_weight,
        correlation_{{ slot }} as correlation
    from shares
    where r_squared is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

estimates as (

    select * from long_shares
    where replicate = 0

),

intervals as (

    select
        metric,
        scope,
        slot,
        percentile_cont(0.025) within group (order by relative_weight) as ci_low,
        percentile_cont(0.975) within group (order by relative_weight) as ci_high,
        percentile_cont(0.025) within group (order by correlation) as correlation_low,
        percentile_cont(0.975) within group (order by correlation) as correlation_high
    from long_shares
    where replicate > 0
    group by metric, scope, slot

),

-- 2. what promoters and detractors met, as observed
class_means as (

    select
        metric,
        case when grouping(segment) = 0 then segment else '(all)' end as scope
        {%- for slot in slots %},
        round(avg(case when score_class = 'promoter' then x{{ slot }} end), 9) as promoter_mean_{{ slot }},
        round(avg(case when score_class = 'detractor' then x{{ slot }} end), 9) as detractor_mean_{{ slot }},
        count(x{{ slot }}) as known_{{ slot }}
        {%- endfor %}
    from answers
    -- sqlfluff 4.4 does not know grouping sets in DuckDB's dialect
    group by grouping sets ((metric), (metric, segment)) -- noqa: PRS

),

long_means as (

    {%- for slot in slots %}

    select
        metric,
        scope,
        {{ slot }} as slot,
        promoter_mean_{{ slot }} as promoter_mean,
        detractor_mean_{{ slot }} as detractor_mean,
        known_{{ slot }} as known_values
    from class_means
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

joined as (

    select
        estimates.metric,
        estimates.scope,
        slots.driver,
        cast(round(estimates.responses) as bigint) as responses,
        estimates.r_squared,
        estimates.r_squared_share,
        estimates.relative_weight,
        estimates.correlation,
        intervals.ci_low,
        intervals.ci_high,
        intervals.correlation_low,
        intervals.correlation_high,
        long_means.promoter_mean,
        long_means.detractor_mean,
        long_means.known_values,
        {{ correlation_z('estimates.correlation', 'estimates.responses') }} as correlation_z
    from estimates
    inner join slots
        on
            estimates.metric = slots.metric
            and estimates.slot = slots.slot
    left join intervals
        on
            estimates.metric = intervals.metric
            and estimates.scope = intervals.scope
            and estimates.slot = intervals.slot
    left join long_means
        on
            estimates.metric = long_means.metric
            and estimates.scope = long_means.scope
            and estimates.slot = long_means.slot

),

with_p as (

    select
        *,
        {{ two_sided_p('correlation_z') }} as p_value
    from joined

),

tested as (

    {{ benjamini_hochberg('with_p', 'p_value', ['metric', 'scope']) }}

),

final as (

    select
        -- key
        tested.metric,
        case when tested.scope = '(all)' then 'all' else 'segment' end as dimension,
        tested.scope as dimension_value,
        tested.driver,

        -- labels
        drivers.label_en,
        drivers.label_zh,
        drivers.unit,

        -- importance
        tested.relative_weight,
        tested.ci_low,
        tested.ci_high,
        tested.r_squared_share,
        tested.r_squared,
        cast(row_number() over (
            partition by tested.metric, tested.scope
            order by
                {{ round_significant('tested.relative_weight') }} desc nulls last,
                tested.driver asc
        ) as int) as importance_rank,

        -- direction
        tested.correlation,
        tested.correlation_low,
        tested.correlation_high,
        tested.p_value,
        tested.q_value,
        case
            when tested.q_value < 0.05e0 and tested.correlation > 0 then 'raises'
            when tested.q_value < 0.05e0 and tested.correlation < 0 then 'lowers'
            else 'unclear'
        end as direction,
        tested.promoter_mean - tested.detractor_mean as mean_gap,
        tested.promoter_mean,
        tested.detractor_mean,

        -- basis
        tested.responses,
        tested.known_values,
        tested.responses < {{ var('driver_answers_at_least') | int }} as is_small_sample
    from tested
    inner join drivers on tested.driver = drivers.driver

)

select * from final
