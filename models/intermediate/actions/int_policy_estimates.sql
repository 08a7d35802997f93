{#-
  One row per policy, objective and estimator with a logged probability: the mean of what each decision
  tells of the policy, and its gain over contacting nobody, with variances by person. Inverse propensity
  (`ips`) counts a decision by how much likelier the policy would have taken it; `doubly_robust` adds up
  the outcome model and corrects it by what the decisions miss.
-#}
with

decisions as (

    select * from {{ ref('int_policy_decisions') }}

),

policies as (

    select * from {{ ref('action_policies') }}

),

shares as (

    select * from {{ ref('int_policy_shares') }}

),

cells as (

    select * from {{ ref('int_policy_cells') }}

),

long as (

    {%- for objective in ['orders', 'value'] %}

    select
        '{{ objective }}' as objective,
        customer_id,
        segment,
        arm,
        chance,
        {{ objective }} as outcome,
        {{ objective }}_before as outcome_before
    from decisions
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

objectives as (

    select objective
    from cells
    group by objective

),

-- 1. what the outcome model says of a policy in a segment, and what was never tried there
directs as (

    select
        shares.policy,
        objectives.objective,
        shares.segment,
        {{ stable_sum('shares.share * coalesce(cells.intercept, 0e0)') }} as direct,
        {{ stable_sum('case when cells.arm is null then shares.share else 0e0 end') }} as untried
    from shares
    cross join objectives
    left join cells
        on
            shares.segment = cells.segment
            and shares.arm = cells.arm
            and objectives.objective = cells.objective
    group by shares.policy, objectives.objective, shares.segment

),

-- 2. each decision as each policy sees it
seen as (

    select
        policies.policy,
        long.objective,
        long.customer_id,
        long.outcome,
        case
            when policies.kind = 'log' then 1e0
            else coalesce(shares.share, 0e0) / long.chance
        end as weight,
        case when policies.kind = 'log' then 0e0 else coalesce(directs.untried, 1e0) end as untried,
        case
            when policies.kind = 'log' then long.outcome
            else coalesce(directs.direct, 0e0) + cells.slope * long.outcome_before
        end as modelled,
        case when policies.kind = 'log' then long.outcome else cells.intercept + cells.slope * long.outcome_before end as fitted,
        coalesce(shares.share, 0e0) as share,
        cells.decisions as cell_decisions,
        case when long.arm = '(nothing)' then 1e0 / long.chance else 0e0 end as weight_of_nothing,
        coalesce(idle.intercept, 0e0) + cells.slope * long.outcome_before as modelled_nothing,
        cells.intercept + cells.slope * long.outcome_before as fitted_nothing,
        idle.intercept is null as is_nothing_untried
    from long
    cross join policies
    inner join cells
        on
            long.objective = cells.objective
            and long.segment = cells.segment
            and long.arm = cells.arm
    left join cells as idle
        on
            long.objective = idle.objective
            and long.segment = idle.segment
            and idle.arm = '(nothing)'
    left join shares
        on
            policies.policy = shares.policy
            and long.segment = shares.segment
            and long.arm = shares.arm
    left join directs
        on
            policies.policy = directs.policy
            and long.objective = directs.objective
            and long.segment = directs.segment

),

-- a decision is judged by the others of its cell: the mean without itself, or small cells seem too sure
told as (

    select
        *,
        'ips' as estimator,
        weight * outcome as score,
        weight_of_nothing * outcome as score_of_nothing
    from seen
    union all
    select
        *,
        'doubly_robust' as estimator,
        modelled + coalesce((weight * cell_decisions - share) / nullif(cell_decisions - 1e0, 0e0), 0e0) * (outcome - fitted) as score,
        modelled_nothing
        + coalesce(
            (weight_of_nothing * cell_decisions - case when weight_of_nothing > 0e0 then 1e0 else 0e0 end)
            / nullif(cell_decisions - 1e0, 0e0), 0e0
        ) * (outcome - fitted_nothing) as score_of_nothing
    from seen

),

-- 3. decisions of one person are not independent
by_person as (

    select
        policy,
        objective,
        estimator,
        customer_id,
        cast(count(*) as double) as decisions,
        {{ stable_sum('score') }} as score,
        {{ stable_sum('score - score_of_nothing') }} as gain,
        {{ stable_sum('weight') }} as weight,
        {{ stable_sum('weight * weight') }} as squared_weight,
        max(weight) as largest_weight,
        {{ stable_sum('untried') }} as untried,
        max(case when is_nothing_untried then 1 else 0 end) as is_nothing_untried
    from told
    group by policy, objective, estimator, customer_id

),

sums as (

    select
        policy,
        objective,
        estimator,
        count(*) as customers,
        sum(decisions) as decisions,
        sum(decisions * decisions) as decisions_squared,
        {{ stable_sum('weight') }} as weight,
        {{ stable_sum('squared_weight') }} as squared_weight,
        max(largest_weight) as largest_weight,
        {{ stable_sum('untried') }} as untried,
        max(is_nothing_untried) as is_nothing_untried
        {%- for figure in ['score', 'gain'] %},
        {{ stable_sum(figure) }} as {{ figure }},
        {{ stable_sum(figure ~ ' * ' ~ figure) }} as {{ figure }}_squared,
        {{ stable_sum(figure ~ ' * decisions') }} as {{ figure }}_by_decisions
        {%- endfor %}
    from by_person
    group by policy, objective, estimator

),

final as (

    select
        -- key
        policy,
        objective,
        estimator,

        -- measures
        cast(decisions as bigint) as decisions,
        cast(customers as bigint) as customers,
        coalesce({{ safe_divide('weight * weight', 'squared_weight') }}, 0e0) as effective_sample,
        largest_weight,
        weight / decisions as mean_weight,
        untried / decisions as untried_share,
        is_nothing_untried = 1 as is_nothing_untried
        {%- for figure in ['score', 'gain'] %},
        {{ figure }} / decisions as {{ figure }},
        sqrt(greatest(0e0, {{ figure }}_squared
        - 2e0 * {{ figure }} / decisions * {{ figure }}_by_decisions
        + {{ figure }} / decisions * ({{ figure }} / decisions) * decisions_squared)) / decisions as {{ figure }}_error
        {%- endfor %}
    from sums

)

select * from final
