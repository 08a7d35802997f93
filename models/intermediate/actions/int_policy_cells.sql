{#-
  One row per objective, segment and arm that was tried: what it brought, and how the outcome goes with
  the figure before the action (slope of all cells together): the outcome model of the doubly robust
  estimate.
-#}
with

decisions as (

    select * from {{ ref('int_policy_decisions') }}

),

long as (

    {%- for objective in ['orders', 'value'] %}

    select
        '{{ objective }}' as objective,
        segment,
        arm,
        {{ objective }} as outcome,
        {{ objective }}_before as outcome_before
    from decisions
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

sums as (

    select
        objective,
        segment,
        arm,
        count(*) as decisions,
        {{ stable_avg('outcome') }} as mean_outcome,
        {{ stable_avg('outcome_before') }} as mean_before,
        {{ stable_sum('outcome * outcome_before') }} as products,
        {{ stable_sum('outcome_before * outcome_before') }} as squares
    from long
    group by objective, segment, arm

),

slopes as (

    select
        objective,
        coalesce({{ safe_divide(
            stable_sum('products - decisions * mean_outcome * mean_before'),
            'round(' ~ stable_sum('squares - decisions * mean_before * mean_before') ~ ', 6)'
        ) }}, 0e0) as slope
    from sums
    group by objective

),

final as (

    select
        -- key
        sums.objective,
        sums.segment,
        sums.arm,

        -- measures
        sums.decisions,
        sums.mean_outcome - slopes.slope * sums.mean_before as intercept,
        slopes.slope
    from sums
    inner join slopes on sums.objective = slopes.objective

)

select * from final
