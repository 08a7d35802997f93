{#- One row per raw row of `points_ledger`: parsed, judged, kept whatever its fate. -#}
{{ base_table('points_ledger') }}
