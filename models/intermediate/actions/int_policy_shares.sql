{#-
  One row per policy, segment and arm: the share of the segment's people that the policy gives it.
  Today's choice is taken over the people who have options, as only they can be in the log, and by
  segment: a choice of today for one person knows what came after the actions that are judged. Kind
  `choice_tried` leaves people alone whom today's choice gives what was never tried in their segment.
-#}
with

policies as (

    select * from {{ ref('action_policies') }}

),

tiers as (

    select * from {{ ref('value_tiers') }}

),

next_actions as (

    select * from {{ ref('customer_next_actions') }}

),

decisions as (

    select * from {{ ref('int_policy_decisions') }}

),

segments as (

    select value_tier as segment
    from tiers
    union all
    select '(none)' as segment

),

tried as (

    select
        segment,
        arm
    from decisions
    group by segment, arm

),

choices as (

    select
        policies.policy,
        next_actions.segment,
        case
            when next_actions.action = 'do_nothing' then '(nothing)'
            when policies.kind = 'choice_tried' and tried.arm is null then '(nothing)'
            else next_actions.action
        end as arm
    from next_actions
    inner join policies on policies.kind in ('choice', 'choice_tried')
    left join tried
        on
            next_actions.segment = tried.segment
            and next_actions.action = tried.arm
    where
        next_actions.action != 'do_nothing'
        or next_actions.nothing_because in ('nothing_pays', 'limit', 'lot', 'no_estimate_or_harm')

),

choice_counts as (

    select
        policy,
        segment,
        arm,
        count(*) as people
    from choices
    group by policy, segment, arm

),

choice_totals as (

    select
        policy,
        segment,
        count(*) as people
    from choices
    group by policy, segment

),

final as (

    select
        policies.policy,
        segments.segment,
        case
            when policies.segment is null or policies.segment = segments.segment
                then coalesce(policies.action, '(nothing)')
            else '(nothing)'
        end as arm,
        1e0 as share
    from policies
    cross join segments
    where policies.kind = 'fixed'
    union all
    select
        choice_counts.policy,
        choice_counts.segment,
        choice_counts.arm,
        choice_counts.people / cast(choice_totals.people as double) as share
    from choice_counts
    inner join choice_totals
        on
            choice_counts.policy = choice_totals.policy
            and choice_counts.segment = choice_totals.segment

)

select * from final
