{#- One row per raw row of `indicators`: parsed, judged, kept whatever its fate. -#}
{{ base_table('indicators') }}
