{#- One row per raw row of `returns`: parsed, judged, kept whatever its fate. -#}
{{ base_table('returns') }}
