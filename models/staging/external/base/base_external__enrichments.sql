{#- One row per raw row of `enrichments`: parsed, judged, kept whatever its fate. -#}
{{ base_table('enrichments') }}
