{#-
  One row per action and person: in which group, by the person's first assignment, whether the window is over, and what they ordered in it.
  Orders are those of the model (each stands for the unknown ones of its sales channel), adjusted by the person's orders
  before the action as in int_effect_estimates: the group was drawn by lot, so that only noise is taken away.
-#}
with

outcomes as (

    select * from {{ ref('int_action_outcomes') }}
    where is_first and action != '(all actions)'

),

assignments as (

    select * from {{ ref('int_effect_assignments') }}

),

people as (

    select * from {{ ref('int_people_numbered') }}

),

orders as (

    select * from {{ ref('int_incremental_orders') }}

),

-- 1. the part of the people that a bootstrap draws a person with is that of the contacts
assigned as (

    select
        outcomes.action,
        people.person_number,
        cast({{ hash_60bit('people.person_key') }} % {{ incremental_units() }} as int) as unit,
        outcomes.is_treated,
        outcomes.is_matured,
        case when outcomes.is_treated then assignments.channel end as channel,
        cast(outcomes.pre_orders as double) as orders_before,
        outcomes.value_horizon_days,
        outcomes.acted_at,
        outcomes.acted_on
    from outcomes
    inner join assignments on outcomes.action_log_id = assignments.action_log_id
    inner join people on outcomes.customer_id = people.person_key

),

bought as (

    select
        assigned.action,
        assigned.person_number,
        {{ stable_sum('orders.order_weight') }} as order_count
    from assigned
    inner join orders
        on
            assigned.person_number = orders.person_number
            and {{ within_days('orders.ordered_at', 'assigned.acted_at', 'assigned.value_horizon_days') }}
    group by assigned.action, assigned.person_number

),

joined as (

    select
        assigned.*,
        coalesce(bought.order_count, 0e0) as order_count
    from assigned
    left join bought
        on
            assigned.action = bought.action
            and assigned.person_number = bought.person_number

),

-- 2. how far orders follow those before, within the groups
sums as (

    select
        action,
        is_treated,
        count(*) as people,
        {{ stable_sum('orders_before') }} as x,
        {{ stable_sum('order_count') }} as y,
        {{ stable_sum('orders_before * orders_before') }} as xx,
        {{ stable_sum('orders_before * order_count') }} as xy
    from joined
    where is_matured
    group by action, is_treated

),

slopes as (

    select
        action,
        coalesce({{ round_significant(safe_divide(
            'sum(' ~ centred_sum('xy', 'x', 'y', 'people') ~ ')', 'round(sum(' ~ centred_sum('xx', 'x', 'x', 'people') ~ '), 9)'
        )) }}, 0e0) as slope
    from sums
    group by action

),

final as (

    select
        joined.action,
        joined.person_number,
        joined.unit,
        joined.is_treated,
        joined.is_matured,
        joined.channel,
        joined.order_count,
        joined.order_count - coalesce(slopes.slope, 0e0) * joined.orders_before as adjusted_orders,
        joined.acted_on,
        {{ add_days('joined.acted_on', 'joined.value_horizon_days') }} as ends_on
    from joined
    left join slopes on joined.action = slopes.action

)

select * from final
