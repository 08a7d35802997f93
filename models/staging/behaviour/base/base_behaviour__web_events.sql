{#- One row per raw row of `web_events`: parsed, judged, kept whatever its fate. -#}
{{ base_table('web_events') }}
