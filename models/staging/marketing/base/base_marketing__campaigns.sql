{#- One row per raw row of `campaigns`: parsed, judged, kept whatever its fate. -#}
{{ base_table('campaigns') }}
