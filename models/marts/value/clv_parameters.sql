{#- One row per model, segment and parameter, fitted on everything known at as_of. -#}
{%- set parameters = {
    'bg_nbd': ['r', 'alpha', 'a', 'b'],
    'mbg_nbd': ['r', 'alpha', 'a', 'b'],
    'gamma_gamma': ['p', 'q', 'v'],
    'drifting_rate': ['r', 'alpha', 'half_life_weeks'],
} -%}
with

fits as (

    select * from {{ ref('int_clv_fits') }}
    where period = 'history'

),

choice as (

    select * from {{ ref('int_clv_choice') }}

),

rules as (

    select * from {{ ref('value_rules') }}

),

limits as (

    select max(case when rule = 'high_correlation' then cast(value as double) end) as high_correlation
    from rules

),

-- 1. standard errors from the curvature of the log-likelihood at its top, on the logarithmic scale
unpivoted as (

    {%- for model, names in parameters.items() %}
    {%- for name in names %}

    select
        fits.*,
        '{{ name }}' as parameter,
        {{ loop.index }} as parameter_order,
        fits.parameter_{{ loop.index }} as estimate,
        {% if name == 'half_life_weeks' -%}
        cast(null as double)
        {%- else -%}
        sqrt(
            greatest({{ array_get(array_get('fits.covariance', loop.index), loop.index) }}, 0e0) / fits.customers
        )
        {%- endif %} as log_standard_error
    from fits
    where fits.model = '{{ model }}'

    union all
    {%- endfor %}
    {%- endfor %}

    select
        fits.*,
        'frequency_value_correlation' as parameter,
        4 as parameter_order,
        fits.frequency_value_correlation as estimate,
        cast(null as double) as log_standard_error
    from fits
    where fits.model = 'gamma_gamma'

),

-- finite differences give the curvature to some five digits: what is published has four
rounded as (

    select
        *,
        {{ round_significant('log_standard_error', 4) }} as rounded_error
    from unpivoted

),

final as (

    select
        -- key
        rounded.model,
        rounded.segment,
        rounded.parameter,

        -- measures
        rounded.estimate,
        case
            when rounded.parameter = 'frequency_value_correlation'
                then (1e0 - rounded.estimate * rounded.estimate) / sqrt(nullif(cast(rounded.customers - 1 as double), 0e0))
            else rounded.estimate * rounded.rounded_error
        end as standard_error,
        rounded.estimate * exp(-1.959963985e0 * rounded.rounded_error) as estimate_low,
        rounded.estimate * exp(1.959963985e0 * rounded.rounded_error) as estimate_high,
        rounded.log_likelihood,
        rounded.iterations,
        rounded.customers,

        -- attributes
        rounded.fit_status,
        case
            when rounded.model = 'gamma_gamma' and rounded.parameter_2 <= 1.0001e0
                then 'q is at most 1: the mean of past orders stands in for the spend model'
            when rounded.model = 'gamma_gamma' and abs(rounded.frequency_value_correlation) > limits.high_correlation
                then 'frequent customers spend differently an order: read values with care'
            else 'passed'
        end as fit_check,
        rounded.model = 'gamma_gamma' and rounded.parameter_2 > 1.0001e0
        or coalesce(rounded.model in (choice.model, choice.leaving_model), false) as is_used,
        case
            when rounded.model = 'gamma_gamma' then 'value of an order'
            when rounded.model = choice.model then 'orders'
            when rounded.model = choice.leaving_model then 'probability_alive'
            else 'nothing'
        end as used_for,
        case
            when rounded.model = choice.model then concat('used: ', choice.model_reason)
            when rounded.model = choice.leaving_model then concat('says who has left; orders come from ', choice.model)
            when rounded.model != 'gamma_gamma' then concat('not used, but ', choice.model)
        end as model_reason
    from rounded
    cross join limits
    left join choice on true

)

select * from final
