{#- One row per purchase model, period, segment and step of its fit; the last step of each holds. -#}
{{ config(
    materialized='iterate',
    init_model='int_purchase_fit_start',
    accumulates=true,
    max_iterations=150,
    on_max='warn'
) }}
{{ newton_step(
    state=ref('int_purchase_fit_start'),
    data=ref('int_purchase_histories'),
    keys=['model', 'period', 'segment'],
    data_keys=['period', 'segment'],
    likelihood=purchase_likelihood()
) }}
