{#- One row per fit of an uplift model: its logistic regression, all fits one step further at a time. -#}
{{ config(
    materialized='iterate',
    init_model='int_uplift_fit_start',
    metric_sql='select max(case when is_converged then 0e0 else longest_move + 1e-6 end) from {next}',
    tolerance=0,
    max_iterations=60,
    on_max='warn'
) }}
{{ logistic_step(
    state=ref('int_uplift_fit_start'),
    data=ref('int_uplift_training'),
    size=uplift_terms() | length
) }}
