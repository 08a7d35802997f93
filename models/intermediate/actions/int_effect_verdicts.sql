{#-
  One row per action, period and segment with a logged action: the effects with their intervals, and
  whether they may be believed. Figures are read each month again, and nobody knows how often; so the
  verdict at the n-th month in which figures came in spends 1 / n (n + 1) of the allowed error: a half,
  a sixth, a twelfth …, all of it together (alpha spending).
-#}
with

groups as (

    select * from {{ ref('int_effect_groups') }}

),

estimates as (

    select * from {{ ref('int_effect_estimates') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

reference_date as (

    select * from {{ ref('stg_commerce__as_of') }}

),

-- 1. both metrics in one row
effects as (

    select
        action,
        period,
        segment
        {%- for metric, outcome, before in effect_metrics() %}
        {%- for column in ['treated_mean', 'holdout_mean', 'effect', 'variance', 'adjusted_effect', 'adjusted_variance'] %},
        max(case when metric = '{{ metric }}' then {{ column }} end) as {{ metric }}_{{ column }}
        {%- endfor %},
        max(case when metric = '{{ metric }}' and has_interval then 1 else 0 end) = 1 as has_{{ metric }}_interval
        {%- endfor %}
    from estimates
    group by action, period, segment

),

-- 2. can it be measured at all, and how often has it been looked at
judged as (

    select
        {{ prefixed('groups', [
            'action', 'period', 'segment', 'people', 'assigned_treated', 'assigned_holdout', 'treated', 'holdout', 'pending',
            'contaminated', 'treated_with_other', 'holdout_with_other', 'expected_treated', 'plan_basis', 'split_p_value',
            'other_p_value', 'cost', 'first_acted_on', 'last_acted_on', 'complete_on',
        ]) }},
        {%- for metric, outcome, before in effect_metrics() %}
        {%- for column in ['treated_mean', 'holdout_mean', 'effect', 'variance', 'adjusted_effect', 'adjusted_variance'] %}
        effects.{{ metric }}_{{ column }},
        {%- endfor %}
        coalesce(effects.has_{{ metric }}_interval, false) as has_{{ metric }}_interval,
        {%- endfor %}
        case
            when groups.assigned_holdout = 0 then 'no_holdout'
            when groups.assigned_treated = 0 then 'nobody_treated'
            when groups.treated + groups.holdout = 0 then 'not_over'
            when groups.treated < {{ least_group() }} or groups.holdout < {{ least_group() }} then 'too_few'
            else 'measured'
        end as measurement,
        groups.pending = 0
        and (groups.period = 'all' or groups.period < {{ year_month('reference_date.as_of') }}) as is_complete,
        least(groups.treated, groups.holdout) < rules.small_group_people as is_small_sample,
        coalesce(groups.split_p_value < rules.mismatch_p, false) as has_split_mismatch,
        {{ safe_divide('groups.contaminated', 'groups.assigned_holdout') }} as contaminated_share,
        coalesce(
            {{ safe_divide('groups.contaminated', 'groups.assigned_holdout') }} >= rules.contaminated_share, false
        ) as is_contaminated,
        coalesce(groups.other_p_value < rules.mismatch_p, false) as has_interference,
        coalesce(groups.share_range > 0.001e0, false) as has_mixed_shares,
        coalesce(case when groups.period = 'all' then groups.action_share_range else groups.share_range end > 0.001e0, false)
            as has_changed_share,
        greatest(coalesce({{ months_between_dates('groups.first_matured_on', 'groups.last_matured_on') }} + 1, 1), 1) as looks,
        0.5e0 + rules.interval_level / 2e0 as interval_point,
        rules.verdict_error
    from groups
    cross join rules
    cross join reference_date
    left join effects
        on
            groups.action = effects.action
            and groups.period = effects.period
            and groups.segment = effects.segment

),

with_points as (

    select
        *,
        1e0 - verdict_error / 2e0 / (looks * (looks + 1e0)) as verdict_point
    from judged

),

with_z as (

    select
        *,
        {{ normal_quantile('interval_point') }} as interval_z,
        {{ normal_quantile('verdict_point') }} as verdict_z
    from with_points

),

-- 3. intervals: plain, adjusted, and that of the verdict
bounded as (

    select
        *
        {%- for metric, outcome, before in effect_metrics() %}
        {%- for name, centre, variance, z in [
            ('', 'effect', 'variance', 'interval_z'),
            ('_adjusted', 'adjusted_effect', 'adjusted_variance', 'interval_z'),
            ('_sequential', 'adjusted_effect', 'adjusted_variance', 'verdict_z'),
        ] %},
        case when has_{{ metric }}_interval then {{ metric }}_{{ centre }} - {{ z }} * sqrt({{ metric }}_{{ variance }}) end
            as {{ metric }}{{ name }}_low,
        case when has_{{ metric }}_interval then {{ metric }}_{{ centre }} + {{ z }} * sqrt({{ metric }}_{{ variance }}) end
            as {{ metric }}{{ name }}_high
        {%- endfor %}
        {%- endfor %}
    from with_z

),

final as (

    select
        *
        {%- for metric, outcome, before in effect_metrics() %},
        case
            when measurement != 'measured' then 'not_measurable'
            when has_split_mismatch or has_mixed_shares then 'doubtful'
            -- the normal interval of money does not hold for a few people
            when is_small_sample then 'open'
            when {{ metric }}_sequential_low > 0e0 then 'gain'
            when {{ metric }}_sequential_high < 0e0 then 'loss'
            else 'open'
        end as {{ metric }}_verdict
        {%- endfor %}
    from bounded

)

select * from final
