{#- One row per strong group that a supporting identifier links: its larger group is the label. -#}
{{ config(
    materialized='iterate',
    init_model='int_identity_start_supporting',
    metric_sql='select count(*) from {next} where row_kind = 1',
    max_iterations=60
) }}
{{ contraction_step(ref('int_identity_start_supporting')) }}
