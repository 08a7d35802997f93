{#- One row, the thresholds by which effects of actions are measured. -#}
with

rules as (

    select * from {{ ref('action_effect_rules') }}

),

final as (

    select
        {%- for rule in [
            'interval_level', 'verdict_error', 'mismatch_p', 'contaminated_share', 'policy_max_weight',
            'policy_weight_tolerance',
        ] %}
        max(case when rule = '{{ rule }}' then cast(value as double) end) as {{ rule }},
        {%- endfor %}
        {%- for rule in [
            'small_group_people', 'segment_group_people', 'pre_period_days', 'tier_halflife_days', 'default_horizon_days',
            'policy_window_days', 'uplift_group_people', 'all_actions_horizon_days',
        ] %}
        max(case when rule = '{{ rule }}' then cast(value as int) end) as {{ rule }}{{ ',' if not loop.last }}
        {%- endfor %}
    from rules

)

select * from final
