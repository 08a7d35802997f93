{#-
  One row per action, period (month of the action, or `all`) and segment (value tier at the action, or
  `all`): treated against holdout, as assigned; actions of the catalogue that were never done stand
  there as well.
-#}
with

verdicts as (

    select * from {{ ref('int_effect_verdicts') }}

),

catalogue as (

    select * from {{ ref('actions') }}

),

-- 1. what was done, and what never was
done as (

    select action
    from verdicts
    group by action

),

never_done as (

    select
        catalogue.action,
        'all' as period,
        'all' as segment
    from catalogue
    anti join done on catalogue.action = done.action
    where catalogue.is_active and catalogue.action != 'do_nothing'

),

keys as (

    select
        action,
        period,
        segment
    from verdicts
    union all
    select
        action,
        period,
        segment
    from never_done

),

joined as (

    select
        keys.action,
        keys.period,
        keys.segment,
        coalesce(catalogue.label_en, case when keys.action = '(all actions)' then 'All actions together' end, keys.action) as action_label_en,
        coalesce(catalogue.label_zh, case when keys.action = '(all actions)' then '全部行动合计' end, keys.action) as action_label_zh,
        coalesce(verdicts.measurement, 'never_done') as measurement,
        coalesce(verdicts.orders_verdict, 'not_measurable') as orders_verdict,
        coalesce(verdicts.value_verdict, 'not_measurable') as value_verdict,
        verdicts.value_adjusted_effect * verdicts.treated as value_gained,
        {{ prefixed('verdicts', [
            'people', 'treated', 'holdout', 'pending', 'assigned_treated', 'expected_treated', 'plan_basis', 'split_p_value',
            'contaminated_share', 'treated_with_other', 'holdout_with_other', 'other_p_value', 'is_complete', 'is_small_sample',
            'has_split_mismatch', 'is_contaminated', 'has_interference', 'has_changed_share', 'looks', 'cost',
            'first_acted_on', 'last_acted_on', 'complete_on',
        ]) }},
        {{ prefixed('verdicts', effect_columns()) }}
    from keys
    left join verdicts
        on
            keys.action = verdicts.action
            and keys.period = verdicts.period
            and keys.segment = verdicts.segment
    left join catalogue on keys.action = catalogue.action

),

final as (

    select
        -- key
        action,
        period,
        segment,

        -- attributes
        action_label_en,
        action_label_zh,
        measurement,
        orders_verdict,
        value_verdict,
        {{ effect_reason('en') }} as reason,
        {{ effect_reason('zh') }} as reason_zh,
        coalesce(is_complete, false) as is_complete,
        coalesce(is_small_sample, true) as is_small_sample,
        coalesce(has_split_mismatch, false) as has_split_mismatch,
        coalesce(is_contaminated, false) as is_contaminated,
        coalesce(has_interference, false) as has_interference,
        coalesce(has_changed_share, false) as has_changed_share,

        -- people
        cast(coalesce(treated, 0) as bigint) as treated,
        cast(coalesce(holdout, 0) as bigint) as holdout,
        cast(coalesce(pending, 0) as bigint) as pending,
        {{ safe_divide('assigned_treated', 'people') }} as treated_share,
        {{ safe_divide('expected_treated', 'people') }} as planned_treated_share,
        plan_basis,
        split_p_value,
        contaminated_share,
        {{ safe_divide('(treated_with_other + holdout_with_other)', 'people') }} as other_action_share,
        other_p_value as other_action_p_value,
        cast(coalesce(looks, 0) as bigint) as looks,

        -- effect per person
        {%- for column in effect_columns() %}
        {{ column }},
        {%- endfor %}

        -- money, all treated
        {{ to_decimal('value_gained') }} as value_gained,
        {{ to_decimal('coalesce(cost, 0e0)') }} as cost,
        {{ to_decimal('(value_gained - cost)') }} as net_gain,
        {{ to_decimal('(value_adjusted_low * treated - cost)') }} as net_gain_low,
        {{ to_decimal('(value_adjusted_high * treated - cost)') }} as net_gain_high,
        {{ safe_divide('value_gained', 'cost') }} as return_on_cost,

        -- times
        first_acted_on,
        last_acted_on,
        complete_on
    from joined

)

select * from final
