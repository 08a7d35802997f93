{#-
  One row per action and segment (value tier, `(none)` without an order before): what treating one
  person brings, reached or not. The action's own mean is weighed against the prior of the catalogue;
  a segment's own figure counts as far as segments differ beyond chance (empirical Bayes), so that a
  small cell cannot look great.
-#}
with

estimates as (

    select * from {{ ref('int_effect_estimates') }}
    where period = 'all'

),

verdicts as (

    select * from {{ ref('int_effect_verdicts') }}
    where period = 'all'

),

spread as (

    select * from {{ ref('int_effect_spread') }}

),

priors as (

    select * from {{ ref('int_effect_priors') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

-- 1. the mean over all people, where no segment has enough; none where the groups cannot be compared
means as (

    select
        estimates.action,
        estimates.metric,
        estimates.adjusted_effect as effect,
        estimates.adjusted_variance as variance,
        4e0 * estimates.treated * estimates.holdout / cast(estimates.treated + estimates.holdout as double) as balanced_people
    from estimates
    inner join verdicts
        on
            estimates.action = verdicts.action
            and estimates.segment = verdicts.segment
    where estimates.segment = 'all' and estimates.has_interval and verdicts.value_verdict != 'doubtful'

),

-- 2. weighed against the prior, which is worth an experiment of prior_weight people, half of them held out
weighed as (

    select
        priors.action,
        priors.segment,
        priors.metric,
        priors.prior_effect,
        priors.prior_variance,
        case when means.effect is not null then coalesce(spread.mean_effect, means.effect) end as mean_effect,
        case
            when means.effect is null then 0e0
            else coalesce(spread.mean_people, means.balanced_people) / (coalesce(spread.mean_people, means.balanced_people) + priors.prior_weight)
        end as mean_weight,
        coalesce(spread.mean_variance, means.variance) as mean_variance,
        coalesce(spread.between_variance, 0e0) as between_variance,
        greatest(coalesce(spread.segments, 2) - 1e0, 1e0) as spread_freedom,
        estimates.adjusted_effect as own_effect,
        spread.variation * (1e0 / nullif(estimates.treated, 0) + 1e0 / nullif(estimates.holdout, 0)) as own_variance,
        means.effect is not null and estimates.has_interval
        and least(estimates.treated, estimates.holdout) >= rules.segment_group_people as is_own_known,
        coalesce(estimates.treated, 0) as treated,
        coalesce(estimates.holdout, 0) as holdout
    from priors
    cross join rules
    left join means
        on
            priors.action = means.action
            and priors.metric = means.metric
    left join spread
        on
            priors.action = spread.action
            and priors.segment = spread.segment
            and priors.metric = spread.metric
    left join estimates
        on
            priors.action = estimates.action
            and priors.segment = estimates.segment
            and priors.metric = estimates.metric

),

pooled as (

    select
        *,
        case
            when mean_effect is null then prior_effect
            else mean_weight * mean_effect + (1e0 - mean_weight) * prior_effect
        end as pooled_effect,
        case
            when mean_effect is null then prior_variance
            else mean_weight * mean_variance
        end as pooled_variance,
        case
            when coalesce(is_own_known, false)
                then coalesce({{ safe_divide('between_variance', '(between_variance + own_variance)') }}, 0e0)
            else 0e0
        end as own_weight
    from weighed

),

-- 3. the segment's own figure, as far as segments differ. How far is an estimate itself: the interval widens
-- where the figure lies off the mean (Morris, with 2 / (segments - 1)); not measured, it may lie anywhere in the spread
shrunk as (

    select
        *,
        own_weight * coalesce(own_effect, 0e0) + (1e0 - own_weight) * pooled_effect as shrunk_effect,
        own_weight * coalesce(own_variance, 0e0)
        + (1e0 - own_weight) * (1e0 - own_weight) * (
            pooled_variance
            + case
                when coalesce(is_own_known, false)
                    then 2e0 / spread_freedom * (own_effect - pooled_effect) * (own_effect - pooled_effect)
                else between_variance
            end
        ) as shrunk_variance
    from pooled

),

metrics as (

    select
        action,
        segment,
        {%- for metric, outcome, before in effect_metrics() %}
        max(case when metric = '{{ metric }}' then shrunk_effect end) as {{ metric }}_effect,
        max(case when metric = '{{ metric }}' then sqrt(shrunk_variance) end) as {{ metric }}_error,
        max(case when metric = '{{ metric }}' then own_weight end) as {{ metric }}_own_weight,
        max(case when metric = '{{ metric }}' and mean_effect is not null then mean_weight else 0e0 end) as {{ metric }}_mean_weight,
        max(case when metric = '{{ metric }}' then own_effect end) as {{ metric }}_own_effect,
        {%- endfor %}
        max(treated) as treated,
        max(holdout) as holdout
    from shrunk
    group by action, segment

),

with_points as (

    select
        metrics.*,
        0.5e0 + rules.interval_level / 2e0 as interval_point
    from metrics
    cross join rules

),

with_z as (

    select
        *,
        {{ normal_quantile('interval_point') }} as interval_z
    from with_points

),

rounded as (

    select
        *,
        {{ round_significant('orders_effect') }} as incremental_orders,
        {{ round_significant('value_effect') }} as incremental_value
    from with_z

),

final as (

    select
        -- key
        action,
        segment,

        -- attributes
        case
            when value_own_weight > 0e0 then 'measured'
            when value_mean_weight > 0e0 then 'pooled'
            else 'prior'
        end as effect_basis,
        {{ shrunk_reason('en') }} as reason,
        {{ shrunk_reason('zh') }} as reason_zh,

        -- people measured in this segment
        cast(treated as bigint) as treated,
        cast(holdout as bigint) as holdout,

        -- effect per person treated
        incremental_orders,
        orders_effect - interval_z * orders_error as orders_low,
        orders_effect + interval_z * orders_error as orders_high,
        incremental_value,
        value_effect - interval_z * value_error as low,
        value_effect + interval_z * value_error as high
    from rounded

)

select * from final
