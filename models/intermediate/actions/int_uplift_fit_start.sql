{#- One row per fit of an uplift model: the regression before its first step, the base rate alone. -#}
{{ logistic_start(ref('int_uplift_training'), uplift_terms() | length) }}
