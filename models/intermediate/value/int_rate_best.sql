{#- One row per period and segment: the last step of the fit with the half-life under which what came is likeliest. -#}
with

steps as (

    select * from {{ ref('int_rate_fit') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by model, period, segment, half_life_weeks order by iteration desc
        ) as recency_rank
    from steps

),

compared as (

    select
        *,
        row_number() over (
            partition by model, period, segment
            -- equal ones: the steadier rate
            order by {{ round_significant('mean_log_likelihood', 9) }} desc, half_life_weeks desc
        ) as likelihood_rank
    from ranked
    where recency_rank = 1

),

final as (

    select
        model,
        period,
        segment,
        half_life_weeks,
        iteration,
        theta,
        weight,
        mean_log_likelihood,
        covariance,
        prior_reason,
        is_converged
    from compared
    where likelihood_rank = 1

)

select * from final
