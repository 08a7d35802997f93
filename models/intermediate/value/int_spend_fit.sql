{#- One row per period, segment and step of the Gamma-Gamma fit; the last step of each holds. -#}
{{ config(
    materialized='iterate',
    init_model='int_spend_fit_start',
    accumulates=true,
    max_iterations=150,
    on_max='warn'
) }}
{{ newton_step(
    state=ref('int_spend_fit_start'),
    data=ref('int_spend_histories'),
    keys=['model', 'period', 'segment'],
    data_keys=['period', 'segment'],
    likelihood=spend_likelihood()
) }}
