{#- One row per period, segment, half-life and step of the fit of the drifting rate; the last step of each holds. -#}
{{ config(
    materialized='iterate',
    init_model='int_rate_fit_start',
    accumulates=true,
    max_iterations=150,
    on_max='warn'
) }}
{{ newton_step(
    state=ref('int_rate_fit_start'),
    data=ref('int_rate_histories'),
    keys=['model', 'period', 'segment', 'half_life_weeks'],
    data_keys=['period', 'segment', 'half_life_weeks'],
    likelihood=rate_likelihood()
) }}
