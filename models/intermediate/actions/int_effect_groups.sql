{#-
  One row per action, period and segment (`all`: everybody) with a logged action: the people in each
  group, whether their split is the planned one, and whether the holdout was left alone.
-#}
with

outcomes as (

    select * from {{ ref('int_action_outcomes') }}

),

-- 1. the rows of a person that a period counts
counted as (

    select
        *,
        'all' as period
    from outcomes
    where is_first
    union all
    select
        *,
        acted_month as period
    from outcomes
    where is_first_in_month

),

cells as (

    select
        *,
        segment as cell
    from counted
    union all
    select
        *,
        'all' as cell
    from counted

),

totals as (

    select
        action,
        period,
        cell as segment,
        count(*) as people,
        count(case when is_treated then 1 end) as assigned_treated,
        count(case when not is_treated then 1 end) as assigned_holdout,
        count(case when not is_matured then 1 end) as pending,
        count(case when is_treated and is_matured then 1 end) as treated,
        count(case when not is_treated and is_matured then 1 end) as holdout,
        count(case when is_contaminated then 1 end) as contaminated,
        count(case when is_treated and has_other_action then 1 end) as treated_with_other,
        count(case when not is_treated and has_other_action then 1 end) as holdout_with_other,
        count(holdout_share) as planned_people,
        {{ stable_sum('1e0 - holdout_share') }} as planned_treated,
        {{ stable_sum('(1e0 - holdout_share) * holdout_share') }} as planned_variance,
        max(holdout_share) - min(holdout_share) as share_range,
        {{ stable_sum('case when is_treated and is_matured then window_cost else 0e0 end') }} as cost,
        min(acted_on) as first_acted_on,
        max(acted_on) as last_acted_on,
        min(case when is_matured then matures_on end) as first_matured_on,
        max(case when is_matured then matures_on end) as last_matured_on,
        max(matures_on) as complete_on
    from cells
    group by action, period, cell

),

-- 2. whether the plan ever changed; and where no plan is logged, a month is held against all months of its action
ranges as (

    select
        action,
        max(holdout_share) - min(holdout_share) as action_share_range
    from outcomes
    group by action

),

whole as (

    select
        action,
        segment,
        people as all_people,
        assigned_treated as all_treated
    from totals
    where period = 'all'

),

planned as (

    select
        totals.*,
        ranges.action_share_range,
        case
            when totals.planned_people = totals.people then 'logged'
            when totals.period != 'all' and totals.people < whole.all_people then 'other_months'
        end as plan_basis,
        case
            when totals.planned_people = totals.people then totals.planned_treated
            when totals.period != 'all' and totals.people < whole.all_people
                then totals.people * {{ safe_divide('whole.all_treated', 'whole.all_people') }}
        end as expected_treated,
        case
            when totals.planned_people = totals.people then totals.planned_variance
            when totals.period != 'all' and totals.people < whole.all_people
                then totals.people * {{ safe_divide('whole.all_treated', 'whole.all_people') }}
                    * {{ safe_divide('(whole.all_people - whole.all_treated)', 'whole.all_people') }}
                    * {{ safe_divide('(whole.all_people - totals.people)', 'whole.all_people') }}
        end as expected_variance
    from totals
    inner join ranges on totals.action = ranges.action
    left join whole
        on
            totals.action = whole.action
            and totals.segment = whole.segment

),

-- 3. chi-square with one degree of freedom, by its root; a plan of 0 or 1 that was not kept is impossible
tested as (

    select
        *,
        (assigned_treated - expected_treated) / nullif(sqrt(round(expected_variance, 9)), 0e0) as split_z,
        {{ proportions_z('treated_with_other', 'assigned_treated', 'holdout_with_other', 'assigned_holdout') }} as other_z
    from planned

),

final as (

    select
        *,
        case
            when plan_basis is null then null
            when split_z is not null then {{ two_sided_p('split_z') }}
            when abs(assigned_treated - expected_treated) > 0.5e0 then 0e0
            else 1e0
        end as split_p_value,
        {{ two_sided_p('other_z') }} as other_p_value
    from tested

)

select * from final
