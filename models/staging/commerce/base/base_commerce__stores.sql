{#- One row per raw row of `stores`: parsed, judged, kept whatever its fate. -#}
{{ base_table('stores') }}
