{#- One row per fitted target: the regression before its first step, the base rate alone. -#}
{{ logistic_start(ref('int_propensity_training'), propensity_terms() | length) }}
