{#-
  One row per logged action of a customer with consent to analytics: what the person ordered in the days
  after it and in the days before it, and the value tier that the orders before it gave.
-#}
with

assignments as (

    select * from {{ ref('int_effect_assignments') }}
    where not is_held_out_of_all

),

contacts as (

    select * from {{ ref('int_effect_contacts') }}

),

order_values as (

    select * from {{ ref('int_effect_order_values') }}

),

tier_limits as (

    select * from {{ ref('int_effect_tier_limits') }}

),

rules as (

    select * from {{ ref('int_effect_rules') }}

),

-- 1. orders of the person around the action
placed as (

    select
        assignments.action_log_id,
        {{ within_days('order_values.ordered_at', 'assignments.acted_at', 'assignments.value_horizon_days') }} as is_after,
        {{ within_days('order_values.ordered_at', 'assignments.acted_at', 'rules.policy_window_days') }} as is_in_window,
        order_values.ordered_at < assignments.acted_at as is_before,
        order_values.ordered_at < assignments.acted_at
        and {{ seconds_between('order_values.ordered_at', 'assignments.acted_at') }} <= 86400e0 * rules.pre_period_days
            as is_shortly_before,
        case
            when order_values.ordered_at < assignments.acted_at
                then {{ discounted_order('order_values.revenue', 'order_values.ordered_at', 'assignments.acted_at') }}
        end as past_worth,
        order_values.order_value
    from assignments
    inner join order_values on assignments.customer_id = order_values.customer_id
    cross join rules

),

totals as (

    select
        action_log_id,
        count(case when is_after then 1 end) as outcome_orders,
        {{ stable_sum('case when is_after then order_value else 0e0 end') }} as outcome_value,
        count(case when is_in_window then 1 end) as window_orders,
        {{ stable_sum('case when is_in_window then order_value else 0e0 end') }} as window_value,
        count(case when is_shortly_before then 1 end) as pre_orders,
        {{ stable_sum('case when is_shortly_before then order_value else 0e0 end') }} as pre_value,
        count(case when is_before then 1 end) as past_orders,
        round({{ stable_sum('coalesce(past_worth, 0e0)') }}, 2) as past_worth
    from placed
    group by action_log_id

),

-- 2. who is told again within the window costs again
repeated as (

    select
        assignments.action_log_id,
        {{ stable_sum('again.cost') }} as window_cost
    from assignments
    inner join assignments as again
        on
            assignments.action = again.action
            and assignments.customer_id = again.customer_id
            and {{ within_days('again.acted_at', 'assignments.acted_at', 'assignments.value_horizon_days') }}
    group by assignments.action_log_id

),

-- 3. the tier at the moment of the action: the highest whose limit is reached, else the lowest
limits as (

    select
        *,
        row_number() over (order by least_worth asc, segment asc) as limit_place
    from tier_limits

),

tiers as (

    select
        totals.action_log_id,
        max_by(limits.segment, limits.limit_place) as segment
    from totals
    inner join limits
        on
            totals.past_worth >= limits.least_worth
            or limits.limit_place = 1
    where totals.past_orders > 0
    group by totals.action_log_id

),

final as (

    select
        -- key
        assignments.action_log_id,

        -- attributes
        assignments.action,
        assignments.customer_id,
        coalesce(tiers.segment, '(none)') as segment,
        assignments.acted_month,
        assignments.assigned_group,
        assignments.assigned_group = 'treated' as is_treated,
        assignments.assigned_group = 'holdout' and coalesce(contacts.is_contacted_by_same, false) as is_contaminated,
        coalesce(contacts.is_contacted_by_other, false) as has_other_action,
        assignments.selection_probability,
        assignments.holdout_share,
        assignments.value_horizon_days,
        assignments.is_matured,
        assignments.is_window_over,
        assignments.is_first_in_month,
        assignments.is_first,

        -- measures
        assignments.cost,
        coalesce(repeated.window_cost, 0e0) as window_cost,
        cast(coalesce(totals.outcome_orders, 0) as bigint) as outcome_orders,
        coalesce(totals.outcome_value, 0e0) as outcome_value,
        -- the same in a window that is equal for all actions
        cast(coalesce(totals.window_orders, 0) as bigint) as window_orders,
        coalesce(totals.window_value, 0e0) as window_value,
        cast(coalesce(totals.pre_orders, 0) as bigint) as pre_orders,
        coalesce(totals.pre_value, 0e0) as pre_value,
        coalesce(totals.past_worth, 0e0) as past_worth,

        -- times
        assignments.acted_at,
        assignments.acted_on,
        assignments.matures_on
    from assignments
    left join contacts on assignments.action_log_id = contacts.action_log_id
    left join repeated on assignments.action_log_id = repeated.action_log_id
    left join totals on assignments.action_log_id = totals.action_log_id
    left join tiers on assignments.action_log_id = tiers.action_log_id

)

select * from final
