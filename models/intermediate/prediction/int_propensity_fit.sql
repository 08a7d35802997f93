{#- One row per fitted target: its logistic regression, all targets one step further at a time. -#}
{{ config(
    materialized='iterate',
    init_model='int_propensity_fit_start',
    metric_sql='select max(case when is_converged then 0e0 else longest_move + 1e-6 end) from {next}',
    tolerance=0,
    max_iterations=60,
    on_max='warn',
    reuse=var('refit_days') | int > 0
) }}
{{ logistic_step(
    state=ref('int_propensity_fit_start'),
    data=ref('int_propensity_training'),
    size=propensity_terms() | length
) }}
