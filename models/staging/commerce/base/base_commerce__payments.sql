{#- One row per raw row of `payments`: parsed, judged, kept whatever its fate. -#}
{{ base_table('payments') }}
