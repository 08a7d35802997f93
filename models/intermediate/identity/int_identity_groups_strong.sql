{#- One row per account that a strong identifier links: its group is the label, once no link is left. -#}
{{ config(
    materialized='iterate',
    init_model='int_identity_start_strong',
    metric_sql='select count(*) from {next} where row_kind = 1',
    max_iterations=60
) }}
{{ contraction_step(ref('int_identity_start_strong')) }}
