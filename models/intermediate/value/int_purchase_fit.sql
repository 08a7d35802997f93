{#- One row per purchase model, period, segment and step of its fit; the last step of each holds. -#}
{{ config(
    materialized='iterate',
    init_model='int_purchase_fit_start',
    metric_sql=newton_metric(['model', 'period', 'segment']),
    max_iterations=90,
    on_max='warn'
) }}
{%- set arguments = [
    'observed.repeat_orders', 'observed.recency_weeks', 'observed.age_weeks',
    'points.r', 'points.alpha', 'points.a', 'points.b',
] -%}
{%- set log_likelihood -%}
    case
        when points.model = 'bg_nbd' then {{ bg_nbd_log_likelihood(*arguments) }}
        else {{ mbg_nbd_log_likelihood(*arguments) }}
    end
{%- endset -%}
{{ newton_step(
    state=ref('int_purchase_fit_start'),
    data=ref('int_purchase_histories'),
    keys=['model', 'period', 'segment'],
    data_keys=['period', 'segment'],
    parameters=['r', 'alpha', 'a', 'b'],
    log_likelihood=log_likelihood
) }}
