{#-
  One row per action and person whose window is over, of actions with enough people in both groups: what
  was known of the person, and whether an order came. The first seven tenths of an action's time teach,
  the rest judges (is_training).
-#}
with

outcomes as (

    select * from {{ ref('int_action_outcomes') }}
    where is_first and is_matured and action != '(all actions)'

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

placed as (

    select
        *,
        row_number() over (partition by action order by acted_at asc, action_log_id asc) as place,
        count(*) over (partition by action) as people
    from outcomes

),

-- 1. enough people to learn from and to judge by
sizes as (

    select
        action,
        min(people) as people,
        count(case when is_treated and place <= 0.7e0 * people then 1 end) as treated,
        count(case when not is_treated and place <= 0.7e0 * people then 1 end) as holdout,
        count(case when is_treated and place > 0.7e0 * people then 1 end) as judged_treated,
        count(case when not is_treated and place > 0.7e0 * people then 1 end) as judged_holdout
    from placed
    group by action

),

numbered as (

    select
        sizes.action,
        sizes.treated,
        sizes.holdout,
        row_number() over (order by sizes.action asc) as action_number
    from sizes
    cross join rules
    where least(sizes.treated, sizes.holdout, sizes.judged_treated, sizes.judged_holdout) >= rules.uplift_group_people

),

final as (

    select
        -- key
        outcomes.action_log_id,

        -- attributes
        outcomes.action,
        cast(numbered.action_number as int) as action_number,
        outcomes.segment,
        outcomes.is_treated,
        outcomes.place <= 0.7e0 * outcomes.people as is_training,
        -- as many of both groups, by a draw that every build repeats
        {{ hash_60bit('outcomes.action_log_id') }} / 1152921504606846976e0
        < {{ safe_divide('least(numbered.treated, numbered.holdout)', 'case when outcomes.is_treated then numbered.treated else numbered.holdout end') }}
            as is_balanced,
        case when outcomes.outcome_orders > 0 then 1e0 else 0e0 end as label
        {%- for name, term in uplift_terms() %},
        coalesce({{ term }}, 0e0) as z_{{ loop.index }}
        {%- endfor %}
    from placed as outcomes
    inner join numbered on outcomes.action = numbered.action

)

select * from final
