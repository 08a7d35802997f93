{#- One row per raw row of `calendar_events`: parsed, judged, kept whatever its fate. -#}
{{ base_table('calendar_events') }}
