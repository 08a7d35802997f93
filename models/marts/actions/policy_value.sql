{#-
  One row per policy, objective and estimator: what each person would have brought had the policy been
  followed, estimated from what was done with known chances; or the reason why that cannot be told.
-#}
with

estimates as (

    select * from {{ ref('int_policy_estimates') }}

),

policies as (

    select * from {{ ref('action_policies') }}

),

outcomes as (

    select * from {{ ref('int_action_outcomes') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

keys as (

    {%- for objective in ['orders', 'value'] %}
    {%- for estimator in ['ips', 'doubly_robust'] %}

    select
        policy,
        label_en as policy_label_en,
        label_zh as policy_label_zh,
        '{{ objective }}' as objective,
        '{{ estimator }}' as estimator
    from policies
    {{ 'union all' if not (loop.last and objective == 'value') }}
    {%- endfor %}
    {%- endfor %}

),

logged as (

    select
        count(*) as logged_actions,
        count(case when is_window_over then 1 end) as matured_actions
    from outcomes

),

joined as (

    select
        keys.*,
        logged.logged_actions,
        logged.matured_actions,
        coalesce(estimates.decisions, 0) as decisions,
        coalesce(estimates.customers, 0) as customers,
        coalesce(estimates.effective_sample, 0e0) as effective_sample,
        estimates.largest_weight,
        estimates.mean_weight,
        coalesce(estimates.untried_share, 1e0) as untried_share,
        coalesce(estimates.is_nothing_untried, true) as is_nothing_untried,
        estimates.score,
        estimates.score_error,
        estimates.gain,
        estimates.gain_error,
        case
            when logged.logged_actions = 0 then 'nothing_logged'
            when logged.matured_actions = 0 then 'not_over'
            when estimates.policy is null then 'no_probability'
            when estimates.customers < {{ least_group() }} then 'too_few'
            when estimates.untried_share > 1e-9 then 'never_tried'
            when estimates.effective_sample <= 0e0 then 'never_tried'
            -- chances that are right give a mean weight of 1: four standard errors and more are no accident
            when
                abs(estimates.mean_weight - 1e0) > rules.policy_weight_tolerance
                and abs(estimates.mean_weight - 1e0) > 4e0 * estimates.mean_weight / sqrt(estimates.effective_sample)
                then 'chances_off'
            else 'estimated'
        end as basis,
        0.5e0 + rules.interval_level / 2e0 as interval_point,
        rules.policy_max_weight
    from keys
    cross join logged
    cross join rules
    left join estimates
        on
            keys.policy = estimates.policy
            and keys.objective = estimates.objective
            and keys.estimator = estimates.estimator

),

with_z as (

    select
        *,
        {{ normal_quantile('interval_point') }} as interval_z,
        basis = 'estimated' and not is_nothing_untried as has_gain
    from joined

),

final as (

    select
        -- key
        policy,
        objective,
        estimator,

        -- attributes
        policy_label_en,
        policy_label_zh,
        basis,
        case basis
            when 'nothing_logged' then 'Not estimated: no action has been logged.'
            when 'not_over' then 'Not estimated yet: no window of a logged action is over.'
            when 'no_probability' then 'Not estimated: the log does not say with which chance people were chosen and held out (selection_probability, holdout_share).'
            when 'too_few' then 'Not estimated: too few people.'
            when 'never_tried' then concat(
                'Not estimated: ', {{ as_text(to_decimal('100e0 * untried_share', 1)) }}, ' % of what the policy would do was never tried in its segment.'
            )
            when 'chances_off' then concat(
                'Not estimated: decisions weigh ', {{ as_text(to_decimal('mean_weight', 2)) }},
                ' on average instead of 1. The logged chances are not those of what was done, or the policy does what not everybody could get.'
            )
            else concat(
                'From ', {{ as_text('decisions') }}, ' decisions, as informative as ', {{ as_text('cast(floor(effective_sample) as bigint)') }}, ' decisions taken under this policy.',
                case when largest_weight > policy_max_weight then ' A few decisions weigh very much: read with care.' else '' end
            )
        end as reason,
        case basis
            when 'nothing_logged' then '无法估计：没有行动记录。'
            when 'not_over' then '暂时无法估计：没有行动的观察期已结束。'
            when 'no_probability' then '无法估计：记录中没有选中概率和对照比例。'
            when 'too_few' then '无法估计：人数过少。'
            when 'never_tried' then concat(
                '无法估计：该策略 ', {{ as_text(to_decimal('100e0 * untried_share', 1)) }}, ' % 的做法在相应分层从未尝试。'
            )
            when 'chances_off' then concat(
                '无法估计：决策的平均权重为 ', {{ as_text(to_decimal('mean_weight', 2)) }}, '（应为 1）：记录的概率与实际不符，或该策略的做法并非人人可得。'
            )
            else concat(
                '依据 ', {{ as_text('decisions') }}, ' 次决策，信息量相当于按该策略作出的 ', {{ as_text('cast(floor(effective_sample) as bigint)') }}, ' 次决策。',
                case when largest_weight > policy_max_weight then '少数决策权重很大：请谨慎解读。' else '' end
            )
        end as reason_zh,
        coalesce(largest_weight > policy_max_weight, false) as is_poorly_supported,

        -- support
        cast(decisions as bigint) as decisions,
        cast(customers as bigint) as customers,
        {{ round_significant('effective_sample', 6) }} as effective_sample,
        {{ round_significant('largest_weight', 6) }} as largest_weight,
        {{ round_significant('mean_weight', 6) }} as mean_weight,
        {{ round_significant('untried_share', 6) }} as untried_share,

        -- value per person and decision, within the window; the tenth digit is noise
        {%- for name, value in {
            'value_per_customer': 'score',
            'value_low': 'score - interval_z * score_error',
            'value_high': 'score + interval_z * score_error',
        }.items() %}
        case when basis = 'estimated' then floor(({{ value }}) * 1e9 + 0.5e0) / 1e9 end as {{ name }},
        {%- endfor %}
        {%- for name, value in {
            'gain_over_nothing': 'gain',
            'gain_low': 'gain - interval_z * gain_error',
            'gain_high': 'gain + interval_z * gain_error',
        }.items() %}
        case when has_gain then floor(({{ value }}) * 1e9 + 0.5e0) / 1e9 end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from with_z

)

select * from final
