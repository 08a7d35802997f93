{#- One row per model, segment and parameter, fitted on everything known at as_of. -#}
{%- set parameters = {
    'bg_nbd': ['r', 'alpha', 'a', 'b'],
    'mbg_nbd': ['r', 'alpha', 'a', 'b'],
    'gamma_gamma': ['p', 'q', 'v'],
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
        sqrt(
            greatest({{ array_get(array_get('fits.covariance', loop.index), loop.index) }}, 0e0) / fits.customers
        ) as log_standard_error
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

final as (

    select
        -- key
        unpivoted.model,
        unpivoted.segment,
        unpivoted.parameter,

        -- measures
        unpivoted.estimate,
        case
            when unpivoted.parameter = 'frequency_value_correlation'
                then (1e0 - unpivoted.estimate * unpivoted.estimate) / sqrt(nullif(cast(unpivoted.customers - 1 as double), 0e0))
            else unpivoted.estimate * unpivoted.log_standard_error
        end as standard_error,
        unpivoted.estimate * exp(-1.959963985e0 * unpivoted.log_standard_error) as estimate_low,
        unpivoted.estimate * exp(1.959963985e0 * unpivoted.log_standard_error) as estimate_high,
        unpivoted.log_likelihood,
        unpivoted.iterations,
        unpivoted.customers,

        -- attributes
        unpivoted.fit_status,
        case
            when unpivoted.model = 'gamma_gamma' and unpivoted.parameter_2 <= 1.0001e0
                then 'q is at most 1: the mean of past orders stands in for the spend model'
            when unpivoted.model = 'gamma_gamma' and abs(unpivoted.frequency_value_correlation) > limits.high_correlation
                then 'frequent customers spend differently an order: read values with care'
            else 'passed'
        end as fit_check,
        unpivoted.model = 'gamma_gamma' and unpivoted.parameter_2 > 1.0001e0
        or coalesce(unpivoted.model = choice.model, false) as is_used,
        case
            when unpivoted.model = choice.model then concat('used: ', choice.model_reason)
            when unpivoted.model != 'gamma_gamma' then concat('not used, but ', choice.model)
        end as model_reason
    from unpivoted
    cross join limits
    left join choice on true

)

select * from final
