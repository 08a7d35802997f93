{#- One row per link that a supporting identifier makes between two accounts. -#}
{{ identifier_links('supporting', contradicted=ref('int_identity_contradicted_supporting')) }}
