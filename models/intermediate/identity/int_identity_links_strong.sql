{#- One row per link that a strong identifier makes between two accounts. -#}
{{ identifier_links('strong', contradicted=ref('int_identity_contradicted_strong')) }}
