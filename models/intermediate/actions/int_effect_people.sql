{#-
  One row per action, period (month, or `all`), person and metric: the outcome, and the same before the
  action. A person counts once in a period, by the first assignment to the action in it.
-#}
with

outcomes as (

    select * from {{ ref('int_action_outcomes') }}

),

periods as (

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

final as (

    {%- for metric, outcome, before in effect_metrics() %}

    select
        action,
        period,
        customer_id,
        '{{ metric }}' as metric,
        segment,
        is_treated,
        is_matured,
        {{ outcome }} as outcome,
        {{ before }} as outcome_before
    from periods
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select * from final
