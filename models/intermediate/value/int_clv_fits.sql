{#-
  One row per model, period and segment: the last step of its fit (of the drifting rate the best half-life), the parameters rounded to eight
  digits (the order of addition moves the ninth) and one more column each for what downstream asks.
-#}
with

purchase_steps as (

    select * from {{ ref('int_purchase_fit') }}

),

spend_steps as (

    select * from {{ ref('int_spend_fit') }}

),

rates as (

    select * from {{ ref('int_rate_best') }}

),

spend_histories as (

    select * from {{ ref('int_spend_histories') }}
    where grain = 'exact'

),

steps as (

    select * from purchase_steps
    union all
    select * from spend_steps

),

ranked as (

    select
        *,
        row_number() over (partition by model, period, segment order by iteration desc) as recency_rank
    from steps

),

scales as (

    select
        period,
        segment,
        max(value_scale) as value_scale,
        -- do customers who order more often also spend more an order? The model assumes not
        {{ correlation_of('repeat_orders', 'mean_value') }} as unrounded_correlation
    from spend_histories
    group by period, segment

),

correlations as (

    select
        *,
        {{ round_significant('unrounded_correlation', 8) }} as frequency_value_correlation
    from scales

),

unrounded as (

    select
        ranked.model,
        ranked.period,
        ranked.segment,
        exp({{ array_get('ranked.theta', 1) }}) as parameter_1,
        exp({{ array_get('ranked.theta', 2) }}) as parameter_2,
        exp({{ array_get('ranked.theta', 3) }})
            * case when ranked.model = 'gamma_gamma' then correlations.value_scale else 1e0 end as parameter_3,
        exp({{ array_get('ranked.theta', 4) }}) as parameter_4,
        ranked.covariance,
        -- in the money of the data, not in multiples of its mean
        ranked.weight * (
            ranked.mean_log_likelihood
            - case when ranked.model = 'gamma_gamma' then ln(correlations.value_scale) else 0e0 end
        ) as log_likelihood,
        ranked.iteration as iterations,
        cast(ranked.weight as bigint) as customers,
        case when ranked.model = 'gamma_gamma' then correlations.frequency_value_correlation end
            as frequency_value_correlation,
        case
            when not ranked.is_converged then 'not_converged'
            when ranked.prior_reason is not null then concat('held_by_prior: ', ranked.prior_reason)
            else 'converged'
        end as fit_status
    from ranked
    left join correlations
        on
            ranked.period = correlations.period
            and ranked.segment = correlations.segment
    where ranked.recency_rank = 1

),

-- the rate's third parameter is the half-life under which it was likeliest
with_rates as (

    select * from unrounded
    union all
    select
        model,
        period,
        segment,
        exp({{ array_get('theta', 1) }}) as parameter_1,
        exp({{ array_get('theta', 2) }}) as parameter_2,
        half_life_weeks as parameter_3,
        cast(null as double) as parameter_4,
        covariance,
        weight * mean_log_likelihood as log_likelihood,
        iteration as iterations,
        cast(weight as bigint) as customers,
        cast(null as double) as frequency_value_correlation,
        case
            when not is_converged then 'not_converged'
            when prior_reason is not null then concat('held_by_prior: ', prior_reason)
            else 'converged'
        end as fit_status
    from rates

),

final as (

    select
        model,
        period,
        segment,
        {%- for number in [1, 2, 3, 4] %}
        {{ round_significant('parameter_' ~ number, 8) }} as parameter_{{ number }},
        {%- endfor %}
        covariance,
        log_likelihood,
        iterations,
        customers,
        frequency_value_correlation,
        fit_status
    from with_rates

)

select * from final
