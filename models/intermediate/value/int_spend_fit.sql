{#- One row per period, segment and step of the Gamma-Gamma fit; the last step of each holds. -#}
{{ config(
    materialized='iterate',
    init_model='int_spend_fit_start',
    metric_sql=newton_metric(['model', 'period', 'segment']),
    max_iterations=90,
    on_max='warn'
) }}
{%- set log_likelihood = gamma_gamma_log_likelihood(
    'observed.repeat_orders', 'observed.mean_value', 'points.p', 'points.q', 'points.v'
) -%}
{{ newton_step(
    state=ref('int_spend_fit_start'),
    data=ref('int_spend_histories'),
    keys=['model', 'period', 'segment'],
    data_keys=['period', 'segment'],
    parameters=['p', 'q', 'v'],
    log_likelihood=log_likelihood
) }}
