{#- One row per raw row of `consents`: parsed, judged, kept whatever its fate. -#}
{{ base_table('consents') }}
