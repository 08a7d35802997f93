{#- One row per action, uplift model and tenth of the people it is judged by: orders of both groups, and the curve of orders won down to it. -#}
with

scores as (

    select * from {{ ref('int_uplift_scores') }}

),

-- 1. observed uplift of each tenth, of the people down to it, of the better half, and of all
deciles as (

    select
        action,
        uplift_model,
        decile,
        count(case when is_treated then 1 end) as treated,
        count(case when not is_treated then 1 end) as holdout,
        sum(case when is_treated then label else 0e0 end) as treated_orders,
        sum(case when not is_treated then label else 0e0 end) as holdout_orders,
        {{ stable_sum('predicted_uplift') }} as predicted
    from scores
    group by action, uplift_model, decile

),

cumulated as (

    select
        *,
        sum(treated) over (partition by action, uplift_model order by decile) as treated_so_far,
        sum(holdout) over (partition by action, uplift_model order by decile) as holdout_so_far,
        sum(treated_orders) over (partition by action, uplift_model order by decile) as treated_orders_so_far,
        sum(holdout_orders) over (partition by action, uplift_model order by decile) as holdout_orders_so_far,
        sum(treated) over (partition by action, uplift_model) as all_treated
    from deciles

),

-- 2. Qini: orders won by treating the first tenths, per treated person, less what a random order wins
curved as (

    select
        *,
        coalesce((treated_orders_so_far - holdout_orders_so_far * {{ safe_divide('treated_so_far', 'holdout_so_far') }})
        / nullif(all_treated, 0), 0e0) as curve
    from cumulated

)

select * from curved
